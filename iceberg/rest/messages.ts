/** The bodies of the protocol, to and from the port's values. Pure. */
import { TableUnusable } from '../../errors/index.js';
import type { TableIdentifier, TableRequirement, TableUpdate } from '../catalog.js';
import { formatJson } from '../json.js';
import type { CreateTable } from '../metadata.js';
import { dayPartition, metadataOf, type TableMetadata } from '../metadata.js';
import type { FileWords } from './file-access.js';

/** A table as a create, load or commit answers it. */
export interface TableAnswer {
  metadata: TableMetadata;
  metadataLocation: string;
  words: FileWords;
}

/**
 * The body that creates a table. Without a location the catalog chooses one. The format version is a property here (protocol, CreateTableRequest has no field for it); servers may prefer a newer one.
 */
export function createTableBody(name: string, create: CreateTable, location?: string): string {
  return formatJson({
    name,
    ...(location === undefined ? {} : { location }),
    schema: create.schema,
    'partition-spec': { 'spec-id': 0, fields: [dayPartition(create.schema, create.partitionByDayOf)] },
    'stage-create': false,
    properties: { 'format-version': '2', ...create.properties },
  });
}

export function createNamespaceBody(levels: readonly string[]): string {
  return formatJson({ namespace: levels, properties: {} });
}

export function commitBody(requirements: readonly TableRequirement[], updates: readonly TableUpdate[]): string {
  return formatJson({ requirements, updates });
}

/** Reads an answer that holds a table. */
export function tableAnswerOf(json: unknown, identifier: TableIdentifier): TableAnswer {
  const said = json as Record<string, unknown>;
  const metadata = tableMetadataOf(said.metadata, identifier);
  const told = said['metadata-location'];
  return {
    metadata,
    metadataLocation: typeof told === 'string' ? told : untold(metadata),
    words: { location: metadata.location, config: said.config, storageCredentials: said['storage-credentials'] },
  };
}

/** For messages. */
export function nameOf({ namespace, name }: TableIdentifier): string {
  return `${namespace}.${name}`;
}

function tableMetadataOf(json: unknown, identifier: TableIdentifier): TableMetadata {
  if (typeof json !== 'object' || json === null) {
    throw new TableUnusable(
      `The catalog answers without the metadata of ${nameOf(identifier)}, which the protocol requires.`,
      'See whether it is an Iceberg table; else this server cannot be used.',
    );
  }
  try {
    return metadataOf(json);
  } catch (error) {
    if (!(error instanceof TableUnusable)) throw error;
    throw new TableUnusable(`${nameOf(identifier)}: ${error.message}`, error.cure, { cause: error });
  }
}

/** A server may keep the place to itself (it "should" tell it). Then a text that changes with each commit stands for it. */
function untold(metadata: TableMetadata): string {
  const { location, 'last-sequence-number': sequence, 'last-updated-ms': updated } = metadata;
  return `${location} (sequence number ${sequence}, updated ${updated})`;
}
