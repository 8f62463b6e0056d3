/** Request and response bodies of the protocol. Pure. */
import { TableUnusable } from '../../errors/index.js';
import type { TableIdentifier, TableRequirement, TableUpdate } from '../catalog.js';
import { formatJson } from '../json.js';
import type { CreateTable } from '../metadata.js';
import { dayPartition, metadataOf, sortOrderBy, type TableMetadata } from '../metadata.js';
import type { TableFileConfig } from './file-access.js';

/** The table in the response to a create, load or commit request. */
export interface TableResponse {
  metadata: TableMetadata;
  metadataLocation: string;
  files: TableFileConfig;
}

/**
 * The body of a request to create a table (protocol, CreateTableRequest). Without a location, the catalog chooses one. The format
 * version is a property, because the request has no field for it; servers may choose a newer one.
 */
export function createTableBody(name: string, create: CreateTable, location?: string): string {
  const order = sortOrderBy(create.schema, create.sortBy ?? []);
  return formatJson({
    name,
    ...(location === undefined ? {} : { location }),
    schema: create.schema,
    'partition-spec': { 'spec-id': 0, fields: [dayPartition(create.schema, create.partitionByDayOf)] },
    ...(order === undefined ? {} : { 'write-order': order }),
    'stage-create': false,
    properties: { 'format-version': '2', ...create.properties },
  });
}

/** The body of a request to create a namespace (protocol, CreateNamespaceRequest). */
export function createNamespaceBody(levels: readonly string[]): string {
  return formatJson({ namespace: levels, properties: {} });
}

/** The body of a commit (protocol, CommitTableRequest). */
export function commitBody(requirements: readonly TableRequirement[], updates: readonly TableUpdate[]): string {
  return formatJson({ requirements, updates });
}

/** Parses a response that contains a table. Throws `TableUnusable` if its metadata is missing or cannot be read. */
export function parseTableResponse(json: unknown, identifier: TableIdentifier): TableResponse {
  const response = json as Record<string, unknown>;
  const metadata = tableMetadataOf(response.metadata, identifier);
  const location = response['metadata-location'];
  return {
    metadata,
    metadataLocation: typeof location === 'string' ? location : unnamedVersion(metadata),
    files: {
      location: metadata.location,
      config: response.config,
      storageCredentials: response['storage-credentials'],
    },
  };
}

/** The full name, for messages. */
export function qualifiedName({ namespace, name }: TableIdentifier): string {
  return `${namespace}.${name}`;
}

function tableMetadataOf(json: unknown, identifier: TableIdentifier): TableMetadata {
  if (typeof json !== 'object' || json === null) {
    throw new TableUnusable(
      `The catalog's response does not contain the metadata of ${qualifiedName(identifier)}, which the protocol requires.`,
      'Check that it is an Iceberg table; if it is, this server cannot be used.',
    );
  }
  try {
    return metadataOf(json);
  } catch (error) {
    if (!(error instanceof TableUnusable)) throw error;
    throw new TableUnusable(`${qualifiedName(identifier)}: ${error.message}`, error.cure, { cause: error });
  }
}

/** The metadata location is optional in the protocol. This text replaces it: it changes with each commit. */
function unnamedVersion(metadata: TableMetadata): string {
  const { location, 'last-sequence-number': sequence, 'last-updated-ms': updated } = metadata;
  return `${location} (sequence number ${sequence}, updated ${updated})`;
}
