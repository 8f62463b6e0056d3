/** The tables of a log source: names and columns. The ledger and the rejects have no decoder; the ingest writes them. */
import type { ColumnSpec } from '../iceberg/types.js';
import { columnsOf } from './table-columns.js';
import { TABLE_KEYS, type TableConfig, type TableKey } from './table-config.js';

/** The namespace of the tables where the configuration names none. */
export const ICEBERG_NAMESPACE = 'trailmill';

/** Status of an object in the ledger. */
export type FileStatus = 'ingested' | 'quarantined' | 'skipped';

/** One row for every object (key and ETag): the proof that nothing was lost. */
export const LEDGER_COLUMNS = [
  { name: 'ts', type: 'timestamptz', required: true, doc: 'Delivery time, from the file name' },
  { name: 'key', type: 'string', required: true, doc: 'Object key' },
  { name: 'etag', type: 'string', required: true, doc: 'ETag of what was read' },
  { name: 'path', type: 'string', required: true, doc: 'Address of the object, the same as log.file.path' },
  { name: 'size', type: 'long', required: true, doc: 'Stored size, bytes' },
  { name: 'account', type: 'string', doc: 'Account in the key' },
  { name: 'region', type: 'string', doc: 'Region in the key' },
  { name: 'kind', type: 'string', doc: 'CloudTrail, CloudTrail-Digest, CloudTrail-Insight, …' },
  { name: 'table', type: 'string', doc: 'Table that the object is routed to' },
  { name: 'status', type: 'string', required: true, doc: 'ingested, quarantined or skipped' },
  { name: 'attempt', type: 'int', doc: 'Which try this is: 1, and more for an object that an earlier one set aside' },
  { name: 'records', type: 'long', doc: 'Records that are rows of the table' },
  { name: 'rejects', type: 'long', doc: 'Records in the rejects table' },
  { name: 'dropped', type: 'long', doc: 'Records that a transform dropped' },
  {
    name: 'duplicates',
    type: 'long',
    doc: 'Records that the table had already. With `records`, `rejects` and `dropped`: all of the file',
  },
  { name: 'sha256', type: 'string', doc: 'SHA-256 of the uncompressed bytes, hex: what digests sign' },
  { name: 'first_event_time', type: 'timestamptz', doc: 'Smallest ts of its rows' },
  { name: 'last_event_time', type: 'timestamptz', doc: 'Largest ts of its rows' },
  { name: 'error', type: 'string', doc: 'Reason code and message of a quarantined or skipped object' },
  {
    name: 'notes',
    type: 'string',
    doc: 'What is odd about an ingested object, each with a code: `trailing_members` (more gzip members than one), `wrapped` (records inside of something else) …',
  },
  { name: 'batch', type: 'string', doc: 'Batch that read it' },
  { name: 'run', type: 'string', doc: 'Workflow that asked for it' },
] as const satisfies readonly ColumnSpec[];

/** One row for every record that could not become a row. */
export const REJECTS_COLUMNS = [
  { name: 'ts', type: 'timestamptz', required: true, doc: 'Delivery time of the file' },
  { name: 'path', type: 'string', required: true, doc: 'Address of the file' },
  { name: 'record_index', type: 'int', required: true, doc: 'Position of the record in its file, from 0' },
  { name: 'byte_offset', type: 'long', required: true, doc: 'Where its text begins in the uncompressed file' },
  { name: 'table', type: 'string', doc: 'Table that the record was meant for' },
  { name: 'reason', type: 'string', required: true, doc: 'Reason code' },
  { name: 'message', type: 'string', doc: 'What is wrong, in words' },
  { name: 'raw', type: 'string', doc: 'Text of the record' },
  { name: 'raw_encoding', type: 'string', doc: 'utf-8, or base64 where the text is not valid UTF-8' },
  { name: 'batch', type: 'string', doc: 'Batch that read it' },
  { name: 'run', type: 'string', doc: 'Workflow that asked for it' },
] as const satisfies readonly ColumnSpec[];

/** A table to be created or evolved. */
interface TableDefinition {
  /** Name in the catalog. */
  name: string;
  columns: readonly ColumnSpec[];
}

/** What a table of a log source is for. */
export type TableRole = TableKey | 'rejects' | 'ledger';
/** Tables that get the content of objects. */
export const CONTENT_ROLES: readonly TableRole[] = ['default', 'insights', 'digest', 'rejects'];
/** In the order of commit: the ledger is last, so that an object in it is an object in the tables. */
export const TABLE_ROLES: readonly TableRole[] = [...CONTENT_ROLES, 'ledger'];

const SUFFIX: Readonly<Record<TableRole, string>> = {
  default: '',
  insights: '_insights',
  digest: '_digest',
  rejects: '_rejects',
  ledger: '_files',
};

/** The name that a table of a log source has in the catalog: `<source>` for default, `<source>_insights`, … */
export function tableNameOf(source: string, role: TableRole): string {
  return `${source}${SUFFIX[role]}`;
}

/** The tables of a log source without a configuration: `default`, without columns of its own. */
export function defaultTables(source: string): TableConfig[] {
  return [managedTable(source, 'default')];
}

/** Every managed table. */
export function allTables(source: string): TableConfig[] {
  return TABLE_KEYS.map((key) => managedTable(source, key));
}

function managedTable(source: string, key: TableKey): TableConfig {
  return { key, name: tableNameOf(source, key), columns: [] };
}

/** The tables of a log source; those that are not configured are absent. */
type TableDefinitions = Partial<Record<TableKey, TableDefinition>> & Record<'rejects' | 'ledger', TableDefinition>;

/** The tables of a run: the configured ones, the rejects and the ledger. */
export function tablesOf(source: string, tables: readonly TableConfig[]): TableDefinitions {
  const configured = tables.map((table) => [table.key, { name: table.name, columns: columnsOf(table) }] as const);
  return {
    ...(Object.fromEntries(configured) as Partial<Record<TableKey, TableDefinition>>),
    rejects: { name: tableNameOf(source, 'rejects'), columns: REJECTS_COLUMNS },
    ledger: { name: tableNameOf(source, 'ledger'), columns: LEDGER_COLUMNS },
  };
}
