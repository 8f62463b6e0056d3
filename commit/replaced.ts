/**
 * What a commit of files that were read again replaces: their ledger rows, and where their rows are in the tables. The ledger
 * has their event days and batches, so only data files that can contain them are opened.
 */
import { parseObjectKey } from '../cloudtrail/object-key.js';
import type { TableRole } from '../cloudtrail/tables.js';
import { wasNotRead } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { readTableFile } from '../iceberg/damage.js';
import { type ScannedFile, scanDataFiles } from '../iceberg/scan.js';
import type { DataFile } from '../iceberg/types.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import type { LedgerEntry } from '../ledger/entry.js';
import { fingerprint, fingerprintOfKey, fingerprintsOf } from '../ledger/fingerprints.js';
import type { StoredEntry } from '../ledger/stored-entries.js';
import { DAY_MS, toDayNumber } from '../protocol/days.js';
import { DELIVERY_DAY } from '../run/summary-keys.js';
import { mapConcurrent, readAhead } from '../storage/concurrency.js';
import type { GroupParts } from './parts.js';
import { Deletes } from './table-deletes.js';

/** Table files that are read concurrently, each with one column in memory. */
const FILES_AT_ONCE = 4;

const MICROS_PER_DAY = DAY_MS * 1000;

/** The rows of a commit's files in one table. */
export interface OldRows {
  /** Addresses of the files. */
  paths: Set<string>;
  /** Batches that wrote them. */
  batches: Set<string>;
  /** Partition days, since 1970-01-01, inclusive. */
  days: { from: number; to: number };
}

/** What a commit replaces. */
export interface Replaced {
  /** The objects whose ledger rows are replaced. */
  objects: ObjectId[];
  /** Where they have rows; tables without any are absent. */
  rows: ReadonlyMap<TableRole, OldRows>;
  /** Files that could not be read again: they keep their rows in the tables and in the ledger. */
  kept: LedgerEntry[];
}

/** Identifies an object. */
type ObjectId = Pick<LedgerEntry, 'key' | 'etag'>;

/** Whether a file could not be read again, so nothing of it is replaced. */
export function isKept({ again, problem }: LedgerEntry): boolean {
  return again === true && problem !== undefined && (problem.state === 'skipped' || wasNotRead(problem.code));
}

/** Determines what a commit replaces. While the commit is open, the ledger rows that this is read from do not change. */
export async function findReplaced(
  pool: DecoderPool,
  parts: GroupParts,
  results: number,
  ledger: LoadedTable,
  day: string,
  signal?: AbortSignal,
): Promise<Replaced> {
  const objects: ObjectId[] = [];
  const kept: LedgerEntry[] = [];
  for (let result = 0; result < results; result++)
    for (const entry of await parts.entries(result)) {
      if (isKept(entry)) kept.push(entry);
      // An object that was quarantined or skipped has no rows in the tables, but a row of its last attempt in the ledger.
      else if (entry.again || (entry.attempt ?? 1) > 1) objects.push({ key: entry.key, etag: entry.etag });
    }
  const rows = new Map<TableRole, OldRows>();
  const delivered = toDayNumber(day);
  for (const { stored } of await findStored(pool, ledger, { objects, days: new Set([delivered]) }, signal))
    for (const { entry } of stored) {
      if (entry.records > 0) add(rows, entry.table, entry, eventDays(entry));
      // Rejects have the delivery time of their file.
      if (entry.rejects > 0) add(rows, 'rejects', entry, { from: delivered, to: delivered });
    }
  return { objects, rows, kept };
}

function add(
  rows: Map<TableRole, OldRows>,
  role: TableRole,
  { uri, batch }: StoredEntry['entry'],
  days: OldRows['days'],
): void {
  const of = rows.get(role) ?? { paths: new Set(), batches: new Set(), days };
  rows.set(role, of);
  of.paths.add(uri);
  of.batches.add(batch);
  of.days = { from: Math.min(of.days.from, days.from), to: Math.max(of.days.to, days.to) };
}

/** Early versions did not record the times. */
function eventDays({ firstEventTime, lastEventTime }: LedgerEntry): OldRows['days'] {
  return {
    from: firstEventTime === undefined ? Number.MIN_SAFE_INTEGER : Math.floor(firstEventTime / MICROS_PER_DAY),
    to: lastEventTime === undefined ? Number.MAX_SAFE_INTEGER : Math.floor(lastEventTime / MICROS_PER_DAY),
  };
}

/** Ledger rows, with the file that has them. */
export interface StoredIn {
  file: DataFile;
  stored: StoredEntry[];
}

/** Which ledger rows to find: of objects, or by the addresses of objects. */
interface WantedEntries {
  objects?: readonly ObjectId[];
  paths?: readonly string[];
  /** Delivery days, since 1970-01-01. */
  days: ReadonlySet<number>;
}

/** Finds live ledger rows. */
export async function findStored(
  pool: DecoderPool,
  ledger: LoadedTable,
  { objects = [], paths = [], days }: WantedEntries,
  signal?: AbortSignal,
): Promise<StoredIn[]> {
  const found: StoredIn[] = [];
  if (objects.length === 0 && paths.length === 0) return found;
  const { store, identifier } = ledger;
  const wanted = {
    objects: fingerprintsOf(objects, ({ key, etag }) => fingerprint(key, etag)),
    paths: fingerprintsOf(paths, fingerprintOfKey),
  };
  const read = async (scanned: ScannedFile, deletes: Deletes): Promise<StoredIn> => {
    const { path, bytes } = scanned.file;
    const deleted = await deletes.of(scanned);
    const file = { path, bytes, kind: 'ledger file', of: identifier.name } as const;
    const stored = await readTableFile(
      store,
      file,
      (parquet) => pool.storedEntries({ parquet, deleted, ...wanted }, signal),
      signal,
    );
    return { file: scanned.file, stored };
  };
  for (const day of days) {
    const deletes = new Deletes({ pool, signal }, ledger);
    await deletes.enter(day);
    const files = scanDataFiles(ledger, { dayRange: { from: day, to: day }, signal });
    for await (const one of readAhead(files, FILES_AT_ONCE, (scanned) => read(scanned, deletes)))
      if (one.stored.length > 0) found.push(one);
  }
  return found;
}

/** The delivery day of an object, since 1970-01-01, by its address. */
export function deliveryDayOf(path: string, fallback: string): number {
  return toDayNumber(parseObjectKey(path)?.day ?? fallback);
}

/** Live rows of a data file. */
export interface FoundRows {
  path: string;
  /** Partition day. */
  day: number;
  /** Ascending. */
  positions: Uint32Array;
}

/** Name of a data file that a batch has written: see `storeFiles`. Compactions and other writers name theirs differently. */
const OF_BATCH = /\/([^/]+-b\d{6})-[^/]*$/;

/**
 * Finds the live rows of a commit's files in a version of a table.
 * @param day delivery day of the commit: all its files, and so all rows of them, were delivered on that day
 */
export async function findOldRows(
  pool: DecoderPool,
  table: LoadedTable,
  role: TableRole,
  { paths, batches, days }: OldRows,
  day: string,
  signal?: AbortSignal,
): Promise<FoundRows[]> {
  const column = pathColumnOf(role);
  const ofDays = new Map<number, ScannedFile[]>();
  const scanned = scanDataFiles(table, {
    dayRange: days,
    addedBy: (snapshot) => (snapshot?.summary[DELIVERY_DAY] ?? day) === day,
    columns: new Set(),
    signal,
  });
  for await (const one of scanned) {
    const batch = OF_BATCH.exec(one.file.path)?.[1];
    if (batch !== undefined && !batches.has(batch)) continue;
    ofDays.set(one.file.day, [...(ofDays.get(one.file.day) ?? []), one]);
  }
  const wanted = fingerprintsOf([...paths], fingerprintOfKey);
  const found: FoundRows[] = [];
  for (const [partition, files] of ofDays) {
    const deletes = new Deletes({ pool, signal }, table);
    await deletes.enter(partition);
    const rows = await mapConcurrent(files, FILES_AT_ONCE, async (data): Promise<FoundRows> => {
      const { path, bytes } = data.file;
      const deleted = await deletes.of(data);
      const file = { path, bytes, kind: 'data file', of: table.identifier.name } as const;
      const read = (parquet: Uint8Array) => pool.findRows({ parquet, column, deleted, paths: wanted }, signal);
      return { path, day: partition, positions: await readTableFile(table.store, file, read, signal) };
    });
    found.push(...rows.filter(({ positions }) => positions.length > 0));
  }
  return found;
}

/** Dotted name of the column with the address of a row's file. */
export function pathColumnOf(role: TableRole): string {
  return role === 'rejects' ? 'path' : 'log.file.path';
}
