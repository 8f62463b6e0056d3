/** Reads ledger entries for verification. Runs in a decoder thread. */
import { toMilliseconds } from '../cloudtrail/decoder/timestamp.js';
import type { RowShape } from '../columnar/packed-rows.js';
import { readColumns } from '../columnar/parquet.js';
import { textReader } from '../columnar/text.js';
import type { LedgerFile } from './judge-files.js';
import { type Places, placesTest } from './places.js';

/** A ledger file, and which of its objects to read. */
export interface LedgerFilesTask {
  parquet: Uint8Array;
  /** Positions of deleted rows, ascending: those of objects that were read again. */
  deleted?: Float64Array;
  places: Places;
}

/** A ledger row: an attempt to read a version of an object. */
export interface LedgerAttempt extends LedgerFile {
  attempt: number;
}

const TEXTS = ['key', 'etag', 'account', 'region', 'kind', 'status', 'sha256', 'error', 'notes'] as const;
const NUMBERS = ['ts', 'attempt', 'last_modified', 'size'] as const;

/** Returns the rows of the places. */
export async function readLedgerFiles({ parquet, deleted, places }: LedgerFilesTask): Promise<LedgerAttempt[]> {
  const isAtPlaces = placesTest(places);
  // Most files have no rows of a given part of a large day: their other columns are not decoded.
  if (places.of > 1 && !(await hasKey(parquet, isAtPlaces))) return [];
  const table = await readColumns(parquet, [...TEXTS, ...NUMBERS]);
  if (table === undefined) return [];
  const [keys, etags, accounts, regions, kinds, statuses, hashes, errors, notes] = TEXTS.map((name) =>
    textReader(table.getChild(name)),
  );
  const [times, attemptsOf, modified, sizes] = NUMBERS.map((name) => table.getChild(name));
  const isDeleted = new Set(deleted ?? []);
  const attempts: LedgerAttempt[] = [];
  for (let row = 0; row < table.numRows; row++) {
    const key = keys(row) ?? '';
    if (isDeleted.has(row) || !isAtPlaces(key)) continue;
    attempts.push({
      key,
      etag: etags(row) ?? '',
      account: accounts(row) ?? '',
      region: regions(row) ?? '',
      kind: kinds(row) ?? '',
      at: toMilliseconds(times?.get(row)) ?? 0,
      status: (statuses(row) ?? '') as LedgerFile['status'],
      attempt: Number(attemptsOf?.get(row) ?? 1),
      size: Number(sizes?.get(row) ?? 0),
      sha256: hashes(row) || undefined,
      problem: errors(row)?.split(':', 1)[0] || undefined,
      notes: notes(row) || undefined,
      lastModified: toMilliseconds(modified?.get(row)),
    });
  }
  return attempts;
}

async function hasKey(parquet: Uint8Array, isWanted: (key: string) => boolean): Promise<boolean> {
  const table = await readColumns(parquet, ['key']);
  const key = textReader(table?.getChild('key'));
  for (let row = 0; row < (table?.numRows ?? 0); row++) if (isWanted(key(row) ?? '')) return true;
  return false;
}

/** The form in which the reading thread sends rows. */
export const ATTEMPT_SHAPE: RowShape<LedgerAttempt> = {
  texts: ['key', 'etag', 'account', 'region', 'kind', 'status', 'sha256', 'problem', 'notes'],
  numbers: ['at', 'attempt', 'size', 'lastModified'],
};

/** Returns the latest attempt of each version of each object; `ingested` comes last. */
export function latestAttempts(attempts: Iterable<LedgerAttempt>): LedgerFile[] {
  const latest = new Map<string, LedgerAttempt>();
  for (const one of attempts) {
    const id = `${one.key} ${one.etag}`;
    const known = latest.get(id);
    if (known === undefined || isLater(one, known)) latest.set(id, one);
  }
  return [...latest.values()];
}

function isLater(one: LedgerAttempt, other: LedgerAttempt): boolean {
  if (one.attempt !== other.attempt) return one.attempt > other.attempt;
  return one.status === 'ingested';
}
