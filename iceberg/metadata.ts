/** Table metadata, format version 2 (spec, "Table Metadata" and Appendix C), as immutable values. */
import { TableUnusable } from '../errors/index.js';
import { formatJson, parseJson } from './json.js';
import { fieldByName, lastColumnId } from './schema.js';
import type { Schema } from './types.js';

/** Definition of a new table. */
export interface CreateTable {
  schema: Schema;
  /** Name of the timestamptz column that the table is partitioned by, with the transform `day`. */
  partitionByDayOf: string;
  properties?: Record<string, string>;
  /** Columns that its files should be sorted by (dotted names); none: no sort order. */
  sortBy?: readonly string[];
}

/** A field of a partition spec (spec, "Partition Specs"). */
export interface PartitionField {
  'source-id': number;
  'field-id': number;
  name: string;
  transform: string;
}
/** The partitioning of a table; tables keep their earlier specs (spec, "Partition Evolution"). */
export interface PartitionSpec {
  'spec-id': number;
  fields: PartitionField[];
}

/** A field of a sort order (spec, "Sorting"). */
interface SortField {
  transform: string;
  'source-id': number;
  direction: 'asc' | 'desc';
  'null-order': 'nulls-first' | 'nulls-last';
}
/** An order of rows in files. Order 0 has no fields: unsorted. */
export interface SortOrder {
  'order-id': number;
  fields: SortField[];
}

/** A snapshot (spec, "Snapshots"). Ids and sequence numbers are 63-bit longs: other writers use all bits. */
export interface Snapshot {
  'snapshot-id': bigint;
  'parent-snapshot-id'?: bigint;
  'sequence-number': bigint;
  /** Milliseconds since the epoch. */
  'timestamp-ms': number;
  /** Location of the manifest list. */
  'manifest-list': string;
  summary: Record<string, string>;
  'schema-id'?: number;
}
/** A branch or a tag (spec, "Snapshot References"). */
export interface SnapshotRef {
  'snapshot-id': bigint;
  type: 'branch' | 'tag';
  /** Its own retention: milliseconds, and a count (spec, "Snapshot References"). */
  'max-ref-age-ms'?: number;
  'max-snapshot-age-ms'?: number;
  'min-snapshots-to-keep'?: number;
}

/** A statistics file or partition statistics file of a snapshot. Small ids are numbers. */
export interface SnapshotStatistics {
  'snapshot-id': bigint | number;
  'statistics-path': string;
}

/**
 * Table metadata. Only the keys that are used here are declared; all others survive parsing, updates and serialization
 * unchanged.
 */
export interface TableMetadata {
  'format-version': 2;
  'table-uuid': string;
  location: string;
  'last-sequence-number': bigint;
  'last-updated-ms': number;
  'last-column-id': number;
  'current-schema-id': number;
  schemas: Schema[];
  'default-spec-id': number;
  'partition-specs': PartitionSpec[];
  'last-partition-id': number;
  'default-sort-order-id': number;
  'sort-orders': SortOrder[];
  properties: Record<string, string>;
  /** `null` if the table has no snapshot; then omitted in the file (older writers: -1). */
  'current-snapshot-id': bigint | null;
  snapshots: Snapshot[];
  refs: Record<string, SnapshotRef>;
  'snapshot-log': { 'snapshot-id': bigint; 'timestamp-ms': number }[];
  'metadata-log': { 'metadata-file': string; 'timestamp-ms': number }[];
  /** Files with statistics that another writer has made. */
  statistics?: SnapshotStatistics[];
  'partition-statistics'?: SnapshotStatistics[];
}

/** The first partition field id that the spec allows (spec, "Partition Evolution"). */
const FIRST_PARTITION_FIELD_ID = 1000;
const UNSORTED: SortOrder = { 'order-id': 0, fields: [] };
/** The branch that readers see. */
export const MAIN = 'main';

type Json = Record<string, unknown>;
/** Converts an id to bigint: lossless-json returns small ids as numbers. */
const toBigInt = (value: unknown): bigint => {
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'string') return BigInt(value);
  throw new TableUnusable('The table metadata lacks a snapshot id or a sequence number.');
};
const withBigInts = (object: Json, ...keys: string[]): Json => {
  const copy = { ...object };
  for (const key of keys) copy[key] = toBigInt(object[key]);
  return copy;
};
const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);

/** Parses a metadata file. Throws `TableUnusable` for anything but format version 2. */
export function parseMetadata(text: string): TableMetadata {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (cause) {
    throw new TableUnusable('The table metadata is not JSON.', undefined, { cause });
  }
  return metadataOf(json);
}

/** Like {@link parseMetadata}, for JSON already parsed by `parseJson`, such as a REST catalog's response. */
export function metadataOf(value: unknown): TableMetadata {
  if (typeof value !== 'object' || value === null || typeof (value as Json)['format-version'] !== 'number')
    throw new TableUnusable('It is not table metadata');
  const json = value as Json;
  if (json['format-version'] !== 2) {
    throw new TableUnusable(
      `The table has format version ${String(json?.['format-version'])}; Trailmill only supports version 2.`,
      'Use another table name, or a table with format version 2.',
    );
  }
  const current = json['current-snapshot-id'];
  const currentId = current === undefined || current === null || toBigInt(current) === -1n ? null : toBigInt(current);
  const refs = Object.entries((json.refs as Record<string, Json> | undefined) ?? {});
  // Writers before Iceberg 1.0 wrote no refs: the current snapshot is the main branch (spec, "Snapshot References").
  if (refs.length === 0 && currentId !== null) refs.push([MAIN, { 'snapshot-id': currentId, type: 'branch' }]);
  return {
    ...json,
    'last-sequence-number': toBigInt(json['last-sequence-number']),
    properties: json.properties ?? {},
    'current-snapshot-id': currentId,
    snapshots: list(json.snapshots).map((snapshot) => ({
      ...withBigInts(snapshot, 'snapshot-id'),
      // Snapshots from before an upgrade from version 1 have no sequence number; the spec defines it as 0.
      'sequence-number': toBigInt(snapshot['sequence-number'] ?? 0),
      ...(snapshot['parent-snapshot-id'] == null
        ? {}
        : withBigInts({ 'parent-snapshot-id': snapshot['parent-snapshot-id'] }, 'parent-snapshot-id')),
      summary: snapshot.summary ?? {},
    })),
    refs: Object.fromEntries(refs.map(([name, ref]) => [name, withBigInts(ref, 'snapshot-id')])),
    'snapshot-log': list(json['snapshot-log']).map((entry) => withBigInts(entry, 'snapshot-id')),
    'metadata-log': list(json['metadata-log']),
  } as unknown as TableMetadata;
}

/** The text of a metadata file. */
export function serializeMetadata(metadata: TableMetadata): string {
  const { 'current-snapshot-id': current, ...rest } = metadata;
  return formatJson(current === null ? rest : { ...rest, 'current-snapshot-id': current }, 1);
}

/** Metadata of a new table without snapshots. `uuid` and `now` (ms) are passed in, to keep this function pure. */
export function newTableMetadata(create: CreateTable & { location: string; uuid: string; now: number }): TableMetadata {
  const fields = [dayPartition(create.schema, create.partitionByDayOf)];
  const sortOrder = sortOrderBy(create.schema, create.sortBy ?? []);
  return {
    'format-version': 2,
    'table-uuid': create.uuid,
    location: create.location,
    'last-sequence-number': 0n,
    'last-updated-ms': create.now,
    'last-column-id': lastColumnId(create.schema),
    'current-schema-id': create.schema['schema-id'],
    schemas: [create.schema],
    'default-spec-id': 0,
    'partition-specs': [{ 'spec-id': 0, fields }],
    'last-partition-id': FIRST_PARTITION_FIELD_ID,
    'default-sort-order-id': sortOrder?.['order-id'] ?? UNSORTED['order-id'],
    'sort-orders': sortOrder === undefined ? [UNSORTED] : [UNSORTED, sortOrder],
    properties: { ...create.properties },
    'current-snapshot-id': null,
    snapshots: [],
    refs: {},
    'snapshot-log': [],
    'metadata-log': [],
  };
}

/** The single partition field of a new table: the day of a timestamp. */
export function dayPartition(schema: Schema, column: string): PartitionField {
  const source = fieldByName(schema, column);
  if (source?.type !== 'timestamptz')
    throw new Error(`Cannot partition by day of ${column}: no such timestamptz column`);
  return {
    'source-id': source.id,
    'field-id': FIRST_PARTITION_FIELD_ID,
    // Avro names must not contain dots.
    name: `${column.replaceAll('.', '_')}_day`,
    transform: 'day',
  };
}

/** The sort order by these columns, ascending, as the table's first one; `undefined` for no columns. */
export function sortOrderBy(schema: Schema, columns: readonly string[]): SortOrder | undefined {
  if (columns.length === 0) return undefined;
  const fields = columns.map((column): SortField => {
    const source = fieldByName(schema, column);
    if (typeof source?.type !== 'string') throw new Error(`Cannot sort by ${column}: there is no such value`);
    return { transform: 'identity', 'source-id': source.id, direction: 'asc', 'null-order': 'nulls-first' };
  });
  return { 'order-id': UNSORTED['order-id'] + 1, fields };
}
