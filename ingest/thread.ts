/** Entry of a decoder thread: one named function a kind of task. */
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { UserMistake } from '../errors/index.js';
import { ingestChunk, writeLedger } from './chunk.js';
import type { ChunkMistake, ChunkResult, ChunkTask, LedgerTask, WrittenFile } from './types.js';

/** Parquet bytes are handed over, not copied. */
function handOver<T>(value: T, written: readonly WrittenFile[]): T {
  return move({
    get [transferableSymbol]() {
      return written.flatMap(({ bytes, events }) => [bytes.buffer, ...(events ? [events.ids.buffer] : [])]);
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

export { countRows } from './count-rows.js';
export { ledgerRows } from './ledger-rows.js';
export { readDeletes } from './read-deletes.js';
export { readEventIds } from './read-event-ids.js';
export { readLedger } from './read-ledger.js';
export { writeDeletes } from './write-deletes.js';
