/** Entry of a decoder thread: one named function a kind of task. */
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { describeThrown } from '../cloudtrail/decoder/row-view.js';
import { UserMistake } from '../errors/index.js';
import { ingestChunk, writeLedger } from './chunk.js';
import { LargeFile } from './large-files.js';
import type { ChunkAnswer, ChunkTask, LedgerTask, WrittenFile } from './types.js';

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

/** What a transform has started and nobody waits for, such as an async function that fails. */
let stray: unknown;

function hearStray(): void {
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
    if (process.listenerCount(event) === 0) process.on(event, (error: unknown) => (stray ??= { error }));
  }
}

/** Of tables with transforms: it would be lost, or end the thread at some later moment. */
function assertNoStray({ tables }: ChunkTask): void {
  if (stray === undefined) return;
  const { error } = stray as { error: unknown };
  stray = undefined;
  const paths = tables.flatMap(({ config }) => config.transform?.path ?? []);
  throw new UserMistake(
    `The transform ${[...new Set(paths)].join(' or ')} has started something that failed later: ${describeThrown(error)}.`,
    'It cannot wait: take out what is async, and start the run again.',
  );
}

export async function chunk(task: ChunkTask): Promise<ChunkAnswer> {
  const transformed = task.tables.some(({ config }) => config.transform !== undefined);
  if (transformed) hearStray();
  try {
    const result = await ingestChunk(task);
    if (transformed) assertNoStray(task);
    return handOver(result, result.written);
  } catch (error) {
    // A thrown error loses its class on the way out of the thread.
    if (error instanceof UserMistake) return { mistake: { message: error.message, cure: error.cure } };
    if (error instanceof LargeFile) return { hasLargeFile: true };
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
