/**
 * How ledger entries map to the ledger's columns, and back. The columns' names, types and descriptions are in
 * cloudtrail/tables.ts, with those of the other tables.
 */

import { toMilliseconds } from '../cloudtrail/decoder/timestamp.js';
import type { TableKey } from '../cloudtrail/table-config.js';
import type { FileStatus, LEDGER_COLUMNS } from '../cloudtrail/tables.js';
import { type LedgerEntry, problemText, statusOf } from './entry.js';

type ColumnName = (typeof LEDGER_COLUMNS)[number]['name'];

/** The batch and the run that ingested an object: the same for all entries of a batch. */
export interface EntryOrigin {
  batch: string;
  /** Workflow that requested it. */
  run: string;
}

type Value = string | number | undefined;

const WRITTEN: Readonly<Record<ColumnName, (entry: LedgerEntry, origin: EntryOrigin) => Value>> = {
  ts: ({ deliveredAt }) => deliveredAt * 1000,
  key: ({ key }) => key,
  etag: ({ etag }) => etag,
  path: ({ uri }) => uri,
  size: ({ size }) => size,
  last_modified: ({ lastModified }) => lastModified && lastModified * 1000,
  account: ({ account }) => account,
  region: ({ region }) => region,
  kind: ({ kind }) => kind,
  table: ({ table }) => table,
  status: (entry) => statusOf(entry),
  attempt: ({ attempt }) => attempt ?? 1,
  records: ({ records }) => records,
  rejects: ({ rejects }) => rejects,
  dropped: ({ dropped }) => dropped,
  duplicates: ({ duplicates }) => duplicates,
  sha256: ({ sha256 }) => sha256,
  first_event_time: ({ firstEventTime }) => firstEventTime,
  last_event_time: ({ lastEventTime }) => lastEventTime,
  error: ({ problem }) => problem && problemText(problem),
  notes: ({ notes }) => notes,
  batch: (_, { batch }) => batch,
  run: (_, { run }) => run,
  version: ({ version }) => version,
  config: ({ config }) => config,
};

const COLUMN_NAMES = Object.keys(WRITTEN) as ColumnName[];

/** Converts an entry to a ledger row: values by column name, times in microseconds since the epoch. */
export function rowOf(entry: LedgerEntry, origin: EntryOrigin): Partial<Record<ColumnName, Value>> & { ts: number } {
  const row: Partial<Record<ColumnName, Value>> = {};
  for (const name of COLUMN_NAMES) row[name] = WRITTEN[name](entry, origin);
  return { ...row, ts: entry.deliveredAt * 1000 };
}

/** The columns of a ledger row that audits read. Event times in microseconds since the epoch. */
export interface LedgerRow
  extends Pick<LedgerEntry, 'key' | 'etag' | 'size' | 'lastModified' | 'account' | 'region' | 'kind' | 'table'>,
    Pick<LedgerEntry, 'records' | 'rejects' | 'dropped' | 'duplicates' | 'firstEventTime' | 'lastEventTime'> {
  /** Address of the object. */
  path: string;
  status: FileStatus;
  attempt: number;
  /** Code and message of the problem, as stored in the column. */
  error?: string;
}

/** A column, and how to read its Arrow value. The value is null if the file lacks the column. */
interface ReadColumn<T> {
  column: ColumnName;
  read(value: unknown): T;
}

function text<T extends string = string>(column: ColumnName): ReadColumn<T> {
  return { column, read: (value) => (value ?? '') as T };
}

function number(column: ColumnName, absent = 0): ReadColumn<number> {
  return { column, read: (value) => Number(value ?? 0) || absent };
}

/** Arrow returns timestamps as doubles in milliseconds, which lose precision below that. Only days are needed here. */
function time(column: ColumnName): ReadColumn<number | undefined> {
  return { column, read: (value) => (value == null ? undefined : Math.floor(Number(value) * 1000)) };
}

/** How each property of a {@link LedgerRow} is read. Rows written before `attempt` and `duplicates` existed get 1 and 0. */
export const ROW_COLUMNS = {
  key: text('key'),
  etag: text('etag'),
  size: number('size'),
  lastModified: { column: 'last_modified', read: toMilliseconds },
  path: text('path'),
  account: text('account'),
  region: text('region'),
  kind: text('kind'),
  table: text<TableKey>('table'),
  status: text<FileStatus>('status'),
  attempt: number('attempt', 1),
  records: number('records'),
  rejects: number('rejects'),
  dropped: number('dropped'),
  duplicates: number('duplicates'),
  firstEventTime: time('first_event_time'),
  lastEventTime: time('last_event_time'),
  error: { column: 'error', read: (value) => (value == null ? undefined : String(value)) },
} as const satisfies { [Name in keyof LedgerRow]-?: ReadColumn<LedgerRow[Name]> };
