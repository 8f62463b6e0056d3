/** The tables of a log source: names and columns. The ledger and the rejects have no decoder; the ingest writes them. */
import type { ColumnSpec } from '../iceberg/types.js';
import { DEFAULT_TABLE_COLUMNS } from './columns/default.js';

export const NAMESPACE = 'trailmill';

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
  { name: 'records', type: 'long', doc: 'Records that became rows' },
  { name: 'rejects', type: 'long', doc: 'Records in the rejects table' },
  { name: 'sha256', type: 'string', doc: 'SHA-256 of the uncompressed bytes, hex: what digests sign' },
  { name: 'first_event_time', type: 'timestamptz', doc: 'Smallest ts of its rows' },
  { name: 'last_event_time', type: 'timestamptz', doc: 'Largest ts of its rows' },
  { name: 'error', type: 'string', doc: 'Reason code and message of a quarantined or skipped object' },
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

export interface TableDefinition {
  /** Name in the catalog. */
  name: string;
  columns: readonly ColumnSpec[];
}

export type TableRole = 'default' | 'rejects' | 'ledger';
/** In the order of commit: the ledger is last, so that an object in it is an object in the tables. */
export const TABLE_ROLES: readonly TableRole[] = ['default', 'rejects', 'ledger'];

export function tablesOf(source: string): Record<TableRole, TableDefinition> {
  return {
    default: { name: source, columns: DEFAULT_TABLE_COLUMNS },
    rejects: { name: `${source}_rejects`, columns: REJECTS_COLUMNS },
    ledger: { name: `${source}_files`, columns: LEDGER_COLUMNS },
  };
}
