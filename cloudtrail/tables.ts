/** The tables of a log source: names and columns. The ledger and the rejects table have no decoder; the ingest writes them. */
import type { ColumnSpec } from '../iceberg/types.js';
import { columnsOf } from './table-columns.js';
import { TABLE_KEYS, type TableConfig, type TableKey } from './table-config.js';

/** The default namespace of the tables. */
export const ICEBERG_NAMESPACE = 'trailmill';

/** Status of an object in the ledger. */
export type FileStatus = 'ingested' | 'quarantined' | 'skipped';

/** The columns of the ledger. It has one row per object (key and ETag), as proof that nothing was lost. */
export const LEDGER_COLUMNS = [
  { name: 'ts', type: 'timestamptz', required: true, doc: 'Delivery time, from the file name' },
  { name: 'key', type: 'string', lookup: true, required: true, doc: 'Object key' },
  { name: 'etag', type: 'string', lookup: true, required: true, doc: 'ETag of what was read' },
  {
    name: 'path',
    type: 'string',
    lookup: true,
    required: true,
    doc: 'Address of the object, the same as log.file.path',
  },
  { name: 'size', type: 'long', required: true, doc: 'Stored size, bytes' },
  {
    name: 'last_modified',
    type: 'timestamptz',
    doc: 'When the object was modified. Null for a file that could not be read, or that was modified while or just before it was read',
  },
  { name: 'account', type: 'string', lookup: true, doc: 'Account in the key' },
  { name: 'region', type: 'string', doc: 'Region in the key' },
  { name: 'kind', type: 'string', doc: 'CloudTrail, CloudTrail-Digest, CloudTrail-Insight, …' },
  { name: 'table', type: 'string', doc: 'Table that the object is routed to' },
  { name: 'status', type: 'string', required: true, doc: 'ingested, quarantined or skipped' },
  { name: 'attempt', type: 'int', doc: 'Number of the attempt: 1, or more for an object that was quarantined before' },
  { name: 'records', type: 'long', doc: 'Records that are rows of the table' },
  { name: 'rejects', type: 'long', doc: 'Records in the rejects table' },
  { name: 'dropped', type: 'long', doc: 'Records that a transform dropped' },
  {
    name: 'duplicates',
    type: 'long',
    doc: 'Records that the table already had. Together with `records`, `rejects` and `dropped`: all records of the file',
  },
  { name: 'sha256', type: 'string', lookup: true, doc: 'SHA-256 of the uncompressed bytes, hex: the hash in digests' },
  { name: 'first_event_time', type: 'timestamptz', doc: 'Smallest ts of its rows' },
  { name: 'last_event_time', type: 'timestamptz', doc: 'Largest ts of its rows' },
  { name: 'error', type: 'string', doc: 'Reason code and message of a quarantined or skipped object' },
  {
    name: 'notes',
    type: 'string',
    doc: 'What is unusual about an ingested object, each with a code: `trailing_members` (more than one gzip member), `wrapped` (records inside other objects) …',
  },
  { name: 'batch', type: 'string', doc: 'Batch that read it' },
  { name: 'run', type: 'string', doc: 'Workflow that requested it' },
  {
    name: 'version',
    type: 'string',
    doc: 'Version of Trailmill that read it. Null for a file that a version before this column read',
  },
  {
    name: 'config',
    type: 'string',
    doc: 'Hash of the configuration that decided its rows: columns, transform, enrichment, deduplication. Null if a version before this column read it, or if some of its events were repeats of rows that another configuration may have written: `--reprocess` reads such a file again',
  },
] as const satisfies readonly ColumnSpec[];

/** The columns of the rejects table. It has one row per record that was rejected. */
export const REJECTS_COLUMNS = [
  { name: 'ts', type: 'timestamptz', required: true, doc: 'Delivery time of the file' },
  { name: 'path', type: 'string', lookup: true, required: true, doc: 'Address of the file' },
  { name: 'record_index', type: 'int', required: true, doc: 'Position of the record in its file, from 0' },
  { name: 'byte_offset', type: 'long', required: true, doc: 'Offset of its text in the uncompressed file' },
  { name: 'table', type: 'string', doc: 'Table that the record was meant for' },
  { name: 'reason', type: 'string', required: true, doc: 'Reason code' },
  { name: 'message', type: 'string', doc: 'What is wrong, in words' },
  { name: 'raw', type: 'string', doc: 'Text of the record' },
  { name: 'raw_encoding', type: 'string', doc: 'utf-8, or base64 if the text is not valid UTF-8' },
  { name: 'batch', type: 'string', doc: 'Batch that read it' },
  { name: 'run', type: 'string', doc: 'Workflow that requested it' },
] as const satisfies readonly ColumnSpec[];

/** The columns of the integrity table. It has one row for each result of a verification. */
export const INTEGRITY_COLUMNS = [
  { name: 'ts', type: 'timestamptz', required: true, doc: 'Delivery time of the object, from its name' },
  {
    name: 'subject',
    type: 'string',
    required: true,
    doc: '`log file`, `digest`, or `chain`: a place in the chain of digests',
  },
  {
    name: 'key',
    type: 'string',
    lookup: true,
    required: true,
    doc: 'Object key; for a chain, the key of the digest at that place',
  },
  {
    name: 'etag',
    type: 'string',
    lookup: true,
    doc: 'ETag in the ledger; null for an object that is not in the ledger',
  },
  {
    name: 'path',
    type: 'string',
    lookup: true,
    required: true,
    doc: 'Address of the object, the same as log.file.path',
  },
  { name: 'account', type: 'string', lookup: true, doc: 'Account in the key' },
  { name: 'region', type: 'string', doc: 'Region in the key' },
  { name: 'trail', type: 'string', doc: 'Trail of the digest, or of the digest that names the log file' },
  { name: 'status', type: 'string', required: true, doc: 'valid, failed or unproven' },
  { name: 'code', type: 'string', doc: 'Why it is not valid: a code of docs/errors.md' },
  { name: 'message', type: 'string', doc: 'What was expected and what was found' },
  { name: 'digest', type: 'string', lookup: true, doc: 'Key of the digest that names the log file' },
  { name: 'fingerprint', type: 'string', doc: 'Fingerprint of the public key that the digest is signed for' },
  { name: 'sha256', type: 'string', lookup: true, doc: 'SHA-256 of the uncompressed bytes, hex' },
  {
    name: 'checked',
    type: 'string',
    required: true,
    doc: '`ledger`: what was ingested; `bucket`: what the bucket had at that time (`--recheck`)',
  },
  { name: 'verified_at', type: 'timestamptz', required: true, doc: 'Start of the verification' },
  { name: 'run', type: 'string', required: true, doc: 'Workflow that verified it' },
] as const satisfies readonly ColumnSpec[];

/** A table to create or evolve. */
export interface TableDefinition {
  /** Name in the catalog. */
  name: string;
  columns: readonly ColumnSpec[];
  /** Columns that its files should be sorted by. */
  sortBy: readonly string[];
}

/** The role of a table of a log source. */
export type TableRole = TableKey | 'rejects' | 'ledger' | 'integrity';
/** The tables that hold the content of objects. */
export const CONTENT_ROLES: readonly TableRole[] = ['default', 'insights', 'digest', 'rejects'];
/** The tables that ingestion writes, in commit order: the ledger is last, so that an object in the ledger is also in the tables. */
export const INGEST_ROLES: readonly TableRole[] = [...CONTENT_ROLES, 'ledger'];
/** All tables. Verifications write the integrity table. */
export const TABLE_ROLES: readonly TableRole[] = [...INGEST_ROLES, 'integrity'];

const SUFFIX: Readonly<Record<TableRole, string>> = {
  default: '',
  insights: '_insights',
  digest: '_digest',
  rejects: '_rejects',
  ledger: '_files',
  integrity: '_integrity',
};

const BY_CALLER = ['cloud.account.id', 'aws.cloudtrail.user_identity.arn', 'ts'];
const BY_PLACE = ['account', 'region', 'ts'];

/**
 * The columns that the files of each table should be sorted by, so that rows that are searched for together are stored
 * together.
 */
export const SORTED_BY: Readonly<Record<TableRole, readonly string[]>> = {
  default: BY_CALLER,
  insights: BY_CALLER,
  digest: ['cloud.account.id', 'cloud.region', 'ts'],
  rejects: ['path', 'record_index'],
  ledger: BY_PLACE,
  integrity: BY_PLACE,
};

/** Returns the name of a table in the catalog: `<source>` for default, `<source>_insights`, … */
export function tableNameOf(source: string, role: TableRole): string {
  return `${source}${SUFFIX[role]}`;
}

/** The tables of a log source without configuration: only `default`, without user columns. */
export function defaultTables(source: string): TableConfig[] {
  return [managedTable(source, 'default')];
}

/** All managed tables of a log source, without user columns. */
export function allTables(source: string): TableConfig[] {
  return TABLE_KEYS.map((key) => managedTable(source, key));
}

function managedTable(source: string, key: TableKey): TableConfig {
  return { key, name: tableNameOf(source, key), columns: [] };
}

/** The tables of a log source; tables that are not configured are absent. */
type TableDefinitions = Partial<Record<TableKey, TableDefinition>> &
  Record<'rejects' | 'ledger' | 'integrity', TableDefinition>;

/** Returns the tables of a run: the configured ones, the rejects table, the ledger and the integrity table. */
export function tablesOf(source: string, tables: readonly TableConfig[]): TableDefinitions {
  const managed = (role: TableRole, columns: readonly ColumnSpec[]): TableDefinition => ({
    name: tableNameOf(source, role),
    columns,
    sortBy: SORTED_BY[role],
  });
  const configured = tables.map((table) => {
    const { key, name } = table;
    return [key, { name, columns: columnsOf(table), sortBy: SORTED_BY[key] }] as const;
  });
  return {
    ...(Object.fromEntries(configured) as Partial<Record<TableKey, TableDefinition>>),
    rejects: managed('rejects', REJECTS_COLUMNS),
    ledger: managed('ledger', LEDGER_COLUMNS),
    integrity: managed('integrity', INTEGRITY_COLUMNS),
  };
}
