/** Reads from the ledger's Parquet files which objects are done, for plans. Runs in a decoder thread. */
import type { TableKey } from '../cloudtrail/table-config.js';
import { readColumns } from '../columnar/parquet.js';
import { fingerprint, WORDS } from './fingerprints.js';

/** A ledger file, and which of its objects count as not done. */
export interface LedgerReadTask {
  parquet: Uint8Array;
  /** Skipped objects that belong to these tables are not done. */
  wanted: readonly TableKey[];
  /** If set, quarantined objects are not done, except those of batches whose id starts with `batchesOf`: this run's. */
  retryQuarantined?: { batchesOf: string };
}

/** Fingerprints of the objects in a ledger file, concatenated, {@link WORDS} each. */
export interface LedgerFingerprints {
  /** Key and ETag of objects that need no more work. */
  done: Uint32Array;
  /** Key and ETag of objects that have to be tried again; one entry for each earlier attempt. */
  open: Uint32Array;
  /** Keys of ingested objects, regardless of ETag. */
  keys: Uint32Array;
}

/** Reads one ledger file. Throws an `Error` if it has none of the ledger's columns. */
export async function readLedger({ parquet, wanted, retryQuarantined }: LedgerReadTask): Promise<LedgerFingerprints> {
  const columns = ['key', 'etag', 'status', 'table', 'batch'];
  const table = await readColumns(parquet, columns);
  if (table === undefined) throw new Error("The ledger file has none of the ledger's columns");
  const column = (name: string) => table.getChild(name) as unknown as { get(row: number): string };
  const [key, etag, status, routed, batch] = columns.map(column);
  const [done, open, keys] = [0, 1, 2].map(() => new FingerprintList(table.numRows));
  for (let row = 0; row < table.numRows; row++) {
    const state = status.get(row);
    const isOpen =
      (state === 'skipped' && wanted.includes(routed.get(row) as TableKey)) ||
      (state === 'quarantined' && retryQuarantined && !batch.get(row).startsWith(retryQuarantined.batchesOf));
    (isOpen ? open : done).add(fingerprint(key.get(row), etag.get(row)));
    if (state === 'ingested') keys.add(fingerprint(key.get(row), ''));
  }
  return { done: done.all(), open: open.all(), keys: keys.all() };
}

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
