/** The ledger's Parquet files → the fingerprints of what is done. Runs in a decoder thread. */
import { tableFromIPC } from 'apache-arrow';
import { readParquet } from 'parquet-wasm/node';
import type { TableKey } from '../cloudtrail/routing.js';
import { fingerprint, WORDS } from './fingerprints.js';

/**
 * Fingerprints of the rows that need no more work, one after the other. A skipped object is done only for as long as
 * its table is not wanted.
 */
export function doneFingerprints(parquet: Uint8Array, wanted: readonly TableKey[]): Uint32Array {
  const table = tableFromIPC(readParquet(parquet, { columns: ['key', 'etag', 'status', 'table'] }).intoIPCStream());
  const column = (name: string) => table.getChild(name) as unknown as { get(row: number): string };
  const [key, etag, status, routed] = ['key', 'etag', 'status', 'table'].map(column);
  const out = new Uint32Array(table.numRows * WORDS);
  let end = 0;
  for (let row = 0; row < table.numRows; row++) {
    if (status.get(row) === 'skipped' && wanted.includes(routed.get(row) as TableKey)) continue;
    out.set(fingerprint(key.get(row), etag.get(row)), end);
    end += WORDS;
  }
  return out.slice(0, end);
}
