/** Reads the digests and ledger entries of some delivery days from the tables. */
import { Deletes } from '../commit/table-deletes.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { readTableFile } from '../iceberg/damage.js';
import { ManifestCache } from '../iceberg/manifest-cache.js';
import { type ScannedFile, scanDataFiles } from '../iceberg/scan.js';
import type { Digest } from '../integrity/digest.js';
import type { LedgerFile } from '../integrity/judge-files.js';
import type { Places } from '../integrity/places.js';
import { latestAttempts } from '../integrity/read-ledger.js';
import { toDayNumber } from '../protocol/days.js';
import type { SourceFilter } from '../protocol/messages.js';
import { mapConcurrent } from '../storage/concurrency.js';
import type { ObjectStore } from '../storage/object-store.js';
import { SLICE_ROWS, type VerifiedTables, type VerifyContext } from './context.js';

/**
 * The manifests that the process has read, by store. The verification of a day scans each table several times, and
 * after some commits most data files are in one manifest.
 */
const MANIFESTS = new WeakMap<ObjectStore, ManifestCache>();
const MAX_ENTRIES = 16_384;

/** Number of table files that are read concurrently. */
const READ_AT_ONCE = 4;

/** Splits the places of a filter so that the rows of each part fit in memory: digests of a range, and log files of a day. */
export async function slicesOf(
  { signal, sliceRows = SLICE_ROWS }: Pick<VerifyContext, 'signal' | 'sliceRows'>,
  { ledger, digest }: VerifiedTables,
  days: { from: string; to: string; files?: string },
  { accounts, regions }: SourceFilter,
): Promise<Places[]> {
  const digests = await rowsOf(digest, days.from, days.to, signal);
  const files = days.files === undefined ? 0 : await rowsOf(ledger, days.files, days.files, signal);
  const of = Math.max(1, Math.ceil(digests / sliceRows.digests), Math.ceil(files / sliceRows.files));
  return Array.from({ length: of }, (_, index) => ({ index, of, accounts, regions }));
}

async function rowsOf(table: LoadedTable, from: string, to: string, signal: AbortSignal): Promise<number> {
  let sum = 0;
  for await (const { file } of filesOf(table, from, to, signal)) sum += file.rows;
  return sum;
}

/** The data files of some days, without metrics. */
function filesOf(table: LoadedTable, from: string, to: string, signal: AbortSignal): AsyncGenerator<ScannedFile> {
  const { store } = table;
  const manifests = MANIFESTS.get(store) ?? new ManifestCache(MAX_ENTRIES);
  MANIFESTS.set(store, manifests);
  const dayRange = { from: toDayNumber(from), to: toDayNumber(to) };
  return scanDataFiles(table, { dayRange, cache: { manifests, columns: [] }, signal });
}

/**
 * Returns the digests of one day of some places. `files`: whether to include the log files that they list, all or those of a
 * delivery day.
 */
export function digestsOf(
  context: VerifyContext,
  { digest }: VerifiedTables,
  day: string,
  places: Places,
  files: true | string | false = false,
): Promise<Digest[]> {
  const { pool, bucket, config, signal } = context;
  const of = { places, bucketUri: bucket.uri, keyPrefix: config.keyPrefix, files };
  return readDay(context, digest, day, (parquet, deleted) => pool.readDigests({ ...of, parquet, deleted }, signal));
}

/** Returns the ledger entries of the objects of one delivery day of some places. */
export async function ledgerFilesOf(
  context: VerifyContext,
  { ledger }: VerifiedTables,
  day: string,
  places: Places,
): Promise<LedgerFile[]> {
  const { pool, signal } = context;
  return latestAttempts(
    await readDay(context, ledger, day, (parquet, deleted) =>
      pool.readLedgerFiles({ places, parquet, deleted }, signal),
    ),
  );
}

async function readDay<T>(
  context: VerifyContext,
  table: LoadedTable,
  day: string,
  read: (parquet: Uint8Array, deleted: Float64Array | undefined) => Promise<T[]>,
): Promise<T[]> {
  const { signal } = context;
  const number = toDayNumber(day);
  const files: ScannedFile[] = [];
  for await (const file of filesOf(table, day, day, signal)) files.push(file);
  if (files.length === 0) return [];
  const deletes = new Deletes(context, table);
  await deletes.enter(number);
  const kind = table.identifier.name.endsWith('_files') ? 'ledger file' : 'data file';
  const rows = await mapConcurrent(files, READ_AT_ONCE, async (scanned) => {
    const { path, bytes } = scanned.file;
    const deleted = await deletes.of(scanned);
    const file = { path, bytes, kind, of: table.identifier.name } as const;
    return readTableFile(table.store, file, (parquet) => read(parquet, deleted), signal);
  });
  return rows.flat();
}
