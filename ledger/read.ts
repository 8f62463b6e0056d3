/** Reads from the ledger's Parquet files which objects are done, for plans. Runs in a decoder thread. */

import { toMilliseconds } from '../cloudtrail/decoder/timestamp.js';
import type { TableKey } from '../cloudtrail/table-config.js';
import { readColumns } from '../columnar/parquet.js';
import type { Writer } from './entry.js';
import { fingerprint, fingerprintOfFile, fingerprintOfKey, WORDS } from './fingerprints.js';
import { LEFT } from './left-reasons.js';
import { isOlderVersion } from './version-order.js';

/** A ledger file, and which of its objects count as not done. */
export interface LedgerReadTask {
  parquet: Uint8Array;
  /** Positions of deleted rows, ascending: those of objects that were read again. */
  deleted?: Float64Array;
  /** Skipped objects that belong to these tables are not done. */
  wanted: readonly TableKey[];
  /** If set, quarantined objects are not done, except those of batches whose id starts with `batchesOf`: this run's. */
  retryQuarantined?: { batchesOf: string };
  /** If set, some of the objects that are done are to be read again. */
  reprocess?: ReprocessTask;
  /** True to return `files`: the bucket lists no ETags. */
  files: boolean;
}

/** Which objects are to be read again. */
export interface ReprocessTask {
  /** The writer of this run. Objects whose rows it has written are left out. */
  writer: Writer;
  /** Quarantined objects of batches whose id starts with this are left out: this run has tried them. */
  batchesOf: string;
  status?: 'rejected' | 'quarantined';
  keys?: readonly string[];
  olderThan?: string;
  /** For each table, the time before which retention has removed its rows, microseconds since the epoch. */
  keptSince: Readonly<Partial<Record<TableKey, number>>>;
}

const UP_TO_DATE = LEFT.indexOf('up_to_date');
const NOT_KEPT = LEFT.indexOf('not_kept');

/** Fingerprints of the objects in a ledger file, concatenated, {@link WORDS} each. */
export interface LedgerFingerprints {
  /** Key and ETag of objects that need no more work. */
  done: Uint32Array;
  /** Key, size and modification time of the objects in `done`, where they identify them. */
  files: Uint32Array;
  /** Key and ETag of objects that have to be tried again; one entry for each earlier attempt, and its number. */
  open: Uint32Array;
  attempts: Uint32Array;
  /** The same for ingested objects that are to be read again. */
  again: Uint32Array;
  againAttempts: Uint32Array;
  /** Key and ETag of ingested objects that are not read again, and the reason: an index of {@link LEFT}. */
  left: Uint32Array;
  leftWhy: Uint8Array;
  /** Key, size and modification time of objects in `left`, and the reason. */
  leftFiles: Uint32Array;
  leftFilesWhy: Uint8Array;
  /** Keys of all objects, regardless of ETag. */
  keys: Uint32Array;
  /** For each of `keys`: 1 if the object was ingested, else 0. */
  ingested: Uint8Array;
}

/** Reads one ledger file. Throws an `Error` if it has none of the ledger's columns. */
export async function readLedger(task: LedgerReadTask): Promise<LedgerFingerprints> {
  const columns = ['key', 'etag', 'status', 'table', 'batch', 'attempt'];
  if (task.files) columns.push('size', 'last_modified');
  if (task.reprocess !== undefined) columns.push('rejects', 'records', 'last_event_time', 'version', 'config');
  const table = await readColumns(task.parquet, columns);
  if (table === undefined) throw new Error("The ledger file has none of the ledger's columns");
  const of = (name: string): Vector | null => table.getChild(name);
  const [key, etag] = ['key', 'etag'].map((name) => of(name) as { get(row: number): string });
  // Files of earlier versions have no modification times, and no attempts.
  const [size, lastModified, attempt] = ['size', 'last_modified', 'attempt'].map(of);
  const stateOf = stateReader(task, of);
  const [done, files, open, keys, again, left, leftFiles] = Array.from(
    { length: 7 },
    () => new FingerprintList(table.numRows),
  );
  const ingested: number[] = [];
  const attempts: number[] = [];
  const againAttempts: number[] = [];
  const leftWhy: number[] = [];
  const leftFilesWhy: number[] = [];
  const deleted = new Set(task.deleted);
  for (let row = 0; row < table.numRows; row++) {
    if (deleted.has(row)) continue;
    const name = key.get(row);
    const object = fingerprint(name, etag.get(row));
    const state = stateOf(row, name);
    const time = toMilliseconds(lastModified?.get(row));
    const file = time === undefined ? undefined : fingerprintOfFile(name, Number(size?.get(row)), time);
    if (state === 'open' || state === 'again') {
      (state === 'open' ? open : again).add(object);
      (state === 'open' ? attempts : againAttempts).push(Number(attempt?.get(row) ?? 1));
    } else if (state === 'done') {
      done.add(object);
      if (file !== undefined) files.add(file);
    } else {
      left.add(object);
      leftWhy.push(state);
      if (file !== undefined) {
        leftFiles.add(file);
        leftFilesWhy.push(state);
      }
    }
    keys.add(fingerprintOfKey(name));
    ingested.push(of('status')?.get(row) === 'ingested' ? 1 : 0);
  }
  return {
    done: done.all(),
    files: files.all(),
    open: open.all(),
    attempts: Uint32Array.from(attempts),
    again: again.all(),
    againAttempts: Uint32Array.from(againAttempts),
    left: left.all(),
    leftWhy: Uint8Array.from(leftWhy),
    leftFiles: leftFiles.all(),
    leftFilesWhy: Uint8Array.from(leftFilesWhy),
    keys: keys.all(),
    ingested: Uint8Array.from(ingested),
  };
}

/** A number is the reason why an object is not read again. */
type State = 'done' | 'open' | 'again' | number;

/** Returns a function that decides what to do with the object of a row. */
function stateReader(
  { wanted, retryQuarantined, reprocess }: LedgerReadTask,
  of: (name: string) => Vector | null,
): (row: number, key: string) => State {
  const [status, routed, batch, rejects, records, lastEvent, version, config] = [
    ...['status', 'table', 'batch', 'rejects', 'records', 'last_event_time', 'version', 'config'],
  ].map(of);
  const tableOf = (row: number): TableKey => routed?.get(row) as TableKey;
  const isOf = (row: number, batches: string): boolean => String(batch?.get(row)).startsWith(batches);
  if (reprocess === undefined) {
    return (row) => {
      const state = status?.get(row);
      const isOpen =
        (state === 'skipped' && wanted.includes(tableOf(row))) ||
        (state === 'quarantined' && retryQuarantined && !isOf(row, retryQuarantined.batchesOf));
      return isOpen ? 'open' : 'done';
    };
  }
  const { writer, batchesOf, status: only, keys, olderThan, keptSince } = reprocess;
  const named = keys && new Set(keys);
  const text = (vector: Vector | null, row: number): string | undefined => {
    const value = vector?.get(row);
    return value == null ? undefined : String(value);
  };
  const isSelected = (row: number, key: string): boolean =>
    (named === undefined || named.has(key)) &&
    (olderThan === undefined || isOlderVersion(text(version, row), olderThan));
  const isUpToDate = (row: number): boolean =>
    text(config, row) === writer.config && text(version, row) === writer.version;
  const isGone = (row: number): boolean => {
    // Arrow returns milliseconds.
    const last = lastEvent?.get(row);
    const since = keptSince[tableOf(row)];
    return since !== undefined && last != null && Number(records?.get(row) ?? 0) > 0 && Number(last) * 1000 < since;
  };
  return (row, key) => {
    const state = status?.get(row);
    if (!wanted.includes(tableOf(row)) || !isSelected(row, key)) return 'done';
    if (state === 'skipped') return only === undefined && olderThan === undefined ? 'open' : 'done';
    if (state === 'quarantined') {
      if (only === 'rejected' || isOf(row, batchesOf)) return 'done';
      return only === undefined && isUpToDate(row) ? 'done' : 'open';
    }
    if (only === 'quarantined' || (only === 'rejected' && Number(rejects?.get(row) ?? 0) === 0)) return 'done';
    if (isUpToDate(row)) return UP_TO_DATE;
    return isGone(row) ? NOT_KEPT : 'again';
  };
}

type Vector = { get(row: number): unknown };

class FingerprintList {
  private readonly words: Uint32Array;
  private end = 0;

  constructor(capacity: number) {
    this.words = new Uint32Array(capacity * WORDS);
  }

  add(words: Uint32Array): void {
    this.words.set(words, this.end);
    this.end += WORDS;
  }

  all(): Uint32Array {
    return this.words.slice(0, this.end);
  }
}
