/** Reads whole rows of a ledger file back as entries, to replace them. Runs in a decoder thread. */
import type { Table, Vector } from 'apache-arrow';
import { toMilliseconds } from '../cloudtrail/decoder/timestamp.js';
import type { TableKey } from '../cloudtrail/table-config.js';
import { readColumns } from '../columnar/parquet.js';
import type { EntryOrigin } from './columns.js';
import type { LedgerEntry } from './entry.js';

/** A ledger file, and which of its rows to read: those of the objects, and those of the addresses. */
export interface StoredEntriesTask {
  parquet: Uint8Array;
  /** Positions of deleted rows, ascending. */
  deleted?: Float64Array;
  /** See {@link objectId}. */
  objects: readonly string[];
  /** Addresses of objects. */
  paths: readonly string[];
}

/** A live row of the ledger. */
export interface StoredEntry {
  /** Position of the row in its file. */
  position: number;
  entry: LedgerEntry & EntryOrigin;
}

/** Identifies an object: a key and an ETag. */
export function objectId({ key, etag }: Pick<LedgerEntry, 'key' | 'etag'>): string {
  return `${etag} ${key}`;
}

const TEXTS = ['key', 'etag', 'path', 'account', 'region', 'kind', 'table', 'status', 'sha256', 'notes'] as const;
const ORIGIN = ['batch', 'run', 'version', 'config'] as const;
const NUMBERS = ['size', 'attempt', 'records', 'rejects', 'dropped', 'duplicates'] as const;
const TIMES = ['ts', 'last_modified', 'first_event_time', 'last_event_time'] as const;

/**
 * Returns the wanted live rows; those of an address only if they have the status `ingested`. Columns that the file lacks are absent
 * from the entries, and so is the problem of an object that was set aside.
 */
export async function storedEntries(task: StoredEntriesTask): Promise<StoredEntry[]> {
  const table = await readColumns(task.parquet, [...TEXTS, ...ORIGIN, ...NUMBERS, ...TIMES]);
  if (table === undefined) return [];
  const objects = new Set(task.objects);
  const paths = new Set(task.paths);
  const deleted = new Set(task.deleted);
  const columns = columnsOf(table);
  const found: StoredEntry[] = [];
  for (let position = 0; position < table.numRows; position++) {
    if (deleted.has(position)) continue;
    const [key = '', etag = '', path = ''] = (['key', 'etag', 'path'] as const).map((name) =>
      columns.text(name, position),
    );
    const isNamed = paths.has(path) && columns.text('status', position) === 'ingested';
    if (!isNamed && !objects.has(objectId({ key, etag }))) continue;
    found.push({ position, entry: entryAt(columns, position) });
  }
  return found;
}

type Columns = ReturnType<typeof columnsOf>;

function columnsOf(table: Table) {
  const vectors = new Map<string, Vector | null>();
  for (const name of [...TEXTS, ...ORIGIN, ...NUMBERS, ...TIMES]) vectors.set(name, table.getChild(name));
  // Not `get`, which returns milliseconds and loses microseconds.
  const times = new Map(TIMES.map((name) => [name, vectors.get(name)?.toArray() as BigInt64Array | undefined]));
  const isValid = (name: string, row: number): boolean => vectors.get(name)?.isValid(row) === true;
  return {
    text: (name: (typeof TEXTS | typeof ORIGIN)[number], row: number): string | undefined =>
      isValid(name, row) ? String(vectors.get(name)?.get(row)) : undefined,
    number: (name: (typeof NUMBERS)[number], row: number): number | undefined =>
      isValid(name, row) ? Number(vectors.get(name)?.get(row)) : undefined,
    /** Microseconds since the epoch. */
    time: (name: (typeof TIMES)[number], row: number): number | undefined =>
      isValid(name, row) ? Number(times.get(name)?.[row]) : undefined,
    milliseconds: (name: (typeof TIMES)[number], row: number): number | undefined =>
      toMilliseconds(vectors.get(name)?.get(row)),
  };
}

function entryAt({ text, number, time, milliseconds }: Columns, row: number): LedgerEntry & EntryOrigin {
  return {
    key: text('key', row) ?? '',
    etag: text('etag', row) ?? '',
    uri: text('path', row) ?? '',
    size: number('size', row) ?? 0,
    lastModified: milliseconds('last_modified', row),
    account: text('account', row) ?? '',
    region: text('region', row) ?? '',
    kind: text('kind', row) ?? '',
    table: text('table', row) as TableKey,
    attempt: number('attempt', row),
    deliveredAt: Math.floor((time('ts', row) ?? 0) / 1000),
    records: number('records', row) ?? 0,
    rejects: number('rejects', row) ?? 0,
    dropped: number('dropped', row) ?? 0,
    duplicates: number('duplicates', row) ?? 0,
    sha256: text('sha256', row),
    firstEventTime: time('first_event_time', row),
    lastEventTime: time('last_event_time', row),
    notes: text('notes', row),
    batch: text('batch', row) ?? '',
    run: text('run', row) ?? '',
    version: text('version', row),
    config: text('config', row),
  };
}
