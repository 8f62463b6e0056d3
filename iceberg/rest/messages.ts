/** The bodies of the protocol, to and from the port's values. Pure. */
import { TableUnusable } from '../../errors/index.js';
import type { TableIdentifier, TableRequirement, TableUpdate } from '../catalog.js';
import { formatJson } from '../json.js';
import type { CreateTable } from '../metadata.js';
import { dayPartition, metadataOf, type TableMetadata } from '../metadata.js';
import type { TableFileConfig } from './file-access.js';

/** A table as the answer to a create, load or commit describes it. */
export interface TableAnswer {
  metadata: TableMetadata;
  metadataLocation: string;
  files: TableFileConfig;
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

/** The body that creates a namespace. */
export function createNamespaceBody(levels: readonly string[]): string {
  return formatJson({ namespace: levels, properties: {} });
}

/** The body of a commit (protocol, CommitTableRequest). */
export function commitBody(requirements: readonly TableRequirement[], updates: readonly TableUpdate[]): string {
  return formatJson({ requirements, updates });
}

/** Reads an answer with a table. Throws `TableUnusable` where its metadata is missing or cannot be read. */
export function tableAnswerOf(json: unknown, identifier: TableIdentifier): TableAnswer {
  const answer = json as Record<string, unknown>;
  const metadata = tableMetadataOf(answer.metadata, identifier);
  const location = answer['metadata-location'];
  return {
    metadata,
    metadataLocation: typeof location === 'string' ? location : unnamedVersion(metadata),
    files: { location: metadata.location, config: answer.config, storageCredentials: answer['storage-credentials'] },
  };
}

/** The full name, for messages. */
export function qualifiedName({ namespace, name }: TableIdentifier): string {
  return `${namespace}.${name}`;
}

function tableMetadataOf(json: unknown, identifier: TableIdentifier): TableMetadata {
  if (typeof json !== 'object' || json === null) {
    throw new TableUnusable(
      `The catalog answers without the metadata of ${qualifiedName(identifier)}, which the protocol requires.`,
      'See whether it is an Iceberg table; else this server cannot be used.',
    );
  }
  try {
    return metadataOf(json);
  } catch (error) {
    if (!(error instanceof TableUnusable)) throw error;
    throw new TableUnusable(`${qualifiedName(identifier)}: ${error.message}`, error.cure, { cause: error });
  }
}

/** The protocol lets a server leave out the metadata location. This text takes its place: it changes with each commit. */
function unnamedVersion(metadata: TableMetadata): string {
  const { location, 'last-sequence-number': sequence, 'last-updated-ms': updated } = metadata;
  return `${location} (sequence number ${sequence}, updated ${updated})`;
}
