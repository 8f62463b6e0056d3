/** Reads whole rows of a ledger file back as entries, to replace them. Runs in a decoder thread. */
import type { Table, Vector } from 'apache-arrow';
import { toMilliseconds } from '../cloudtrail/decoder/timestamp.js';
import type { TableKey } from '../cloudtrail/table-config.js';
import { readColumns } from '../columnar/parquet.js';
import { textReader } from '../columnar/text.js';
import type { EntryOrigin } from './columns.js';
import type { LedgerEntry } from './entry.js';
import { fingerprint, fingerprintOfKey, setOf } from './fingerprints.js';

/** A ledger file, and which of its rows to read: those of the objects, and those of the addresses. */
export interface StoredEntriesTask {
  parquet: Uint8Array;
  /** Positions of deleted rows, ascending. */
  deleted?: Float64Array;
  /** Fingerprints of keys with ETags. */
  objects: Uint32Array;
  /** Fingerprints of addresses. */
  paths: Uint32Array;
}

/** A live row of the ledger. */
export interface StoredEntry {
  /** Position of the row in its file. */
  position: number;
  entry: LedgerEntry & EntryOrigin;
}

const TEXTS = ['key', 'etag', 'path', 'account', 'region', 'kind', 'table', 'sha256', 'notes'] as const;
const ORIGIN = ['batch', 'run', 'version', 'config'] as const;
const NUMBERS = ['size', 'attempt', 'records', 'rejects', 'dropped', 'duplicates'] as const;
const TIMES = ['ts', 'last_modified', 'first_event_time', 'last_event_time'] as const;

/**
 * Returns the wanted live rows; those of an address only if they have the status `ingested`. Columns that the file lacks are
 * absent from the entries, and so is the problem of an object that was quarantined or skipped.
 */
export async function storedEntries(task: StoredEntriesTask): Promise<StoredEntry[]> {
  const positions = await positionsOf(task);
  // Most files have none: their other columns are not decoded.
  if (positions.length === 0) return [];
  const table = await readColumns(task.parquet, [...TEXTS, ...ORIGIN, ...NUMBERS, ...TIMES]);
  if (table === undefined) return [];
  const columns = columnsOf(table);
  return positions.map((position) => ({ position, entry: entryAt(columns, position) }));
}

async function positionsOf({ parquet, deleted, objects, paths }: StoredEntriesTask): Promise<number[]> {
  const table = await readColumns(parquet, ['key', 'etag', 'path', 'status']);
  if (table === undefined) return [];
  const [key, etag, path, status] = ['key', 'etag', 'path', 'status'].map((name) => textReader(table.getChild(name)));
  const [ofObjects, ofPaths] = [setOf(objects), setOf(paths)];
  const isDeleted = new Set(deleted);
  const positions: number[] = [];
  for (let row = 0; row < table.numRows; row++) {
    // Readers must be called row by row.
    const [name, version, address, state] = [key(row) ?? '', etag(row) ?? '', path(row) ?? '', status(row)];
    if (isDeleted.has(row)) continue;
    const isNamed = ofPaths.size > 0 && state === 'ingested' && ofPaths.has(fingerprintOfKey(address));
    if (isNamed || ofObjects.has(fingerprint(name, version))) positions.push(row);
  }
  return positions;
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
