/** Entry of a decoder thread: one named function a kind of task. */
import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { TableKey } from '../cloudtrail/routing.js';
import { UserMistake } from '../errors/index.js';
import { ingestChunk, writeLedger } from './chunk.js';
import { countRows as counts } from './count-rows.js';
import { ledgerRows as ledgerEntries } from './ledger-rows.js';
import { readDeletes as deletes } from './read-deletes.js';
import { doneFingerprints } from './read-ledger.js';
import type { ChunkMistake, ChunkResult, ChunkTask, LedgerTask, WrittenFile } from './types.js';

/** Parquet bytes are handed over, not copied. */
function handOver<T>(value: T, written: readonly WrittenFile[]): T {
  return move({
    get [transferableSymbol]() {
      return written.map((file) => file.bytes.buffer);
    },
    get [valueSymbol]() {
      return value;
    },
  } as never) as T;
}

export async function chunk(task: ChunkTask): Promise<ChunkResult | ChunkMistake> {
  try {
    const result = await ingestChunk(task);
    return handOver(result, result.written);
  } catch (error) {
    // A thrown error loses its class on the way out of the thread.
    if (error instanceof UserMistake) return { mistake: { message: error.message, cure: error.cure } };
    throw error;
  }
}

export async function ledger(task: LedgerTask): Promise<WrittenFile[]> {
  return writeLedger(task);
}

export function fingerprints({ parquet, wanted }: { parquet: Uint8Array; wanted: readonly TableKey[] }): Uint32Array {
  return doneFingerprints(parquet, wanted);
}

export { counts, deletes, ledgerEntries };
