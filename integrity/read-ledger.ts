/** Reads what the ledger has of objects, for verification. Runs in a decoder thread. */
import { toMilliseconds } from '../cloudtrail/decoder/timestamp.js';
import { readColumns } from '../columnar/parquet.js';
import type { LedgerFile } from './judge-files.js';
import { isAtPlaces, type Places } from './places.js';

/** A ledger file, and which of its objects to read. */
export interface LedgerFilesTask {
  parquet: Uint8Array;
  /** Positions of deleted rows, ascending. Trailmill deletes none; other writers may have. */
  deleted?: Float64Array;
  places: Places;
}

/** A ledger row: an attempt to read a version of an object. */
export interface LedgerAttempt extends LedgerFile {
  attempt: number;
}

const COLUMNS = [
  ...(['ts', 'key', 'etag', 'account', 'region', 'kind', 'status', 'attempt', 'sha256', 'error', 'notes'] as const),
  ...(['last_modified', 'size'] as const),
];

/** Returns the rows of the places. */
export async function readLedgerFiles({ parquet, deleted, places }: LedgerFilesTask): Promise<LedgerAttempt[]> {
  const table = await readColumns(parquet, COLUMNS);
  if (table === undefined) return [];
  const columns = new Map(COLUMNS.map((name) => [name, table.getChild(name) as { get(row: number): unknown } | null]));
  const isDeleted = new Set(deleted ?? []);
  const attempts: LedgerAttempt[] = [];
  for (let row = 0; row < table.numRows; row++) {
    const value = (name: (typeof COLUMNS)[number]): unknown => columns.get(name)?.get(row) ?? undefined;
    const text = (name: (typeof COLUMNS)[number]): string => String(value(name) ?? '');
    const optional = (name: (typeof COLUMNS)[number]): string | undefined => text(name) || undefined;
    const key = text('key');
    if (isDeleted.has(row) || !isAtPlaces(key, places)) continue;
    attempts.push({
      key,
      etag: text('etag'),
      account: text('account'),
      region: text('region'),
      kind: text('kind'),
      at: toMilliseconds(value('ts')) ?? 0,
      status: text('status') as LedgerFile['status'],
      attempt: Number(value('attempt') ?? 1),
      size: Number(value('size') ?? 0),
      sha256: optional('sha256'),
      problem: optional('error')?.split(':', 1)[0],
      notes: optional('notes'),
      lastModified: toMilliseconds(value('last_modified')),
    });
  }
  return attempts;
}

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
