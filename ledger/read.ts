/** Reads from the ledger's Parquet files which objects are done, for plans. Runs in a decoder thread. */

import { toMilliseconds } from '../cloudtrail/decoder/timestamp.js';
import type { TableKey } from '../cloudtrail/table-config.js';
import { readColumns } from '../columnar/parquet.js';
import { fingerprint, fingerprintOfFile, fingerprintOfKey, WORDS } from './fingerprints.js';

/** A ledger file, and which of its objects count as not done. */
export interface LedgerReadTask {
  parquet: Uint8Array;
  /** Skipped objects that belong to these tables are not done. */
  wanted: readonly TableKey[];
  /** If set, quarantined objects are not done, except those of batches whose id starts with `batchesOf`: this run's. */
  retryQuarantined?: { batchesOf: string };
  /** True to return `files`: the bucket lists no ETags. */
  files: boolean;
}

/** Fingerprints of the objects in a ledger file, concatenated, {@link WORDS} each. */
export interface LedgerFingerprints {
  /** Key and ETag of objects that need no more work. */
  done: Uint32Array;
  /** Key, size and modification time of the objects in `done`, where they identify them. */
  files: Uint32Array;
  /** Key and ETag of objects that have to be tried again; one entry for each earlier attempt. */
  open: Uint32Array;
  /** Keys of all objects, regardless of ETag. */
  keys: Uint32Array;
  /** For each of `keys`: 1 if the object was ingested, else 0. */
  ingested: Uint8Array;
}

/** Reads one ledger file. Throws an `Error` if it has none of the ledger's columns. */
export async function readLedger(task: LedgerReadTask): Promise<LedgerFingerprints> {
  const { wanted, retryQuarantined } = task;
  const columns = ['key', 'etag', 'status', 'table', 'batch', ...(task.files ? ['size', 'last_modified'] : [])];
  const table = await readColumns(task.parquet, columns);
  if (table === undefined) throw new Error("The ledger file has none of the ledger's columns");
  const column = (name: string) => table.getChild(name) as unknown as { get(row: number): string };
  const [key, etag, status, routed, batch] = columns.map(column);
  // Files of earlier versions have no modification times.
  const [size, lastModified]: (Vector | null)[] = ['size', 'last_modified'].map((name) => table.getChild(name));
  const [done, files, open, keys] = [0, 1, 2, 3].map(() => new FingerprintList(table.numRows));
  const ingested = new Uint8Array(table.numRows);
  for (let row = 0; row < table.numRows; row++) {
    const state = status.get(row);
    const name = key.get(row);
    const isOpen =
      (state === 'skipped' && wanted.includes(routed.get(row) as TableKey)) ||
      (state === 'quarantined' && retryQuarantined && !batch.get(row).startsWith(retryQuarantined.batchesOf));
    (isOpen ? open : done).add(fingerprint(name, etag.get(row)));
    const time = toMilliseconds(lastModified?.get(row));
    if (!isOpen && time !== undefined) files.add(fingerprintOfFile(name, Number(size?.get(row)), time));
    keys.add(fingerprintOfKey(name));
    ingested[row] = state === 'ingested' ? 1 : 0;
  }
  return { done: done.all(), files: files.all(), open: open.all(), keys: keys.all(), ingested };
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
