/** The ledger's Parquet files → what a plan has to know of the objects in them. Runs in a decoder thread. */
import type { TableKey } from '../cloudtrail/table-config.js';
import { readColumns } from '../columnar/parquet.js';
import { fingerprint, WORDS } from './fingerprints.js';

/** A file of the ledger, and what makes an object count as done. */
export interface LedgerQuestion {
  parquet: Uint8Array;
  /** Skipped objects of these tables are not done. */
  wanted: readonly TableKey[];
  /** Quarantined objects are not done, unless they were by this run: its batches' ids begin so. */
  retryQuarantined?: { batchesOf: string };
}

/** Fingerprints, {@link WORDS} each, one after the other. */
export interface LedgerAnswer {
  /** Key and ETag of objects that need no more work. */
  done: Uint32Array;
  /** Key and ETag of earlier tries that did not settle it. */
  open: Uint32Array;
  /** Keys of ingested objects, whatever their ETag. */
  keys: Uint32Array;
}

/** Reads one file of the ledger. Throws an `Error` where it has none of the columns. */
export async function readLedger({ parquet, wanted, retryQuarantined }: LedgerQuestion): Promise<LedgerAnswer> {
  const columns = ['key', 'etag', 'status', 'table', 'batch'];
  const table = await readColumns(parquet, columns);
  if (table === undefined) throw new Error('A file of the ledger has none of its columns');
  const column = (name: string) => table.getChild(name) as unknown as { get(row: number): string };
  const [key, etag, status, routed, batch] = columns.map(column);
  const [done, open, keys] = [0, 1, 2].map(() => new Fingerprints(table.numRows));
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

class Fingerprints {
  private readonly words: Uint32Array;
  private end = 0;

  constructor(most: number) {
    this.words = new Uint32Array(most * WORDS);
  }

  add(words: Uint32Array): void {
    this.words.set(words, this.end);
    this.end += WORDS;
  }

  all(): Uint32Array {
    return this.words.slice(0, this.end);
  }
}
