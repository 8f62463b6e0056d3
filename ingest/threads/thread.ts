/** Entry of a decoder thread: one named function a kind of task. */
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { describeThrown } from '../../cloudtrail/decoder/row-view.js';
import { UserMistake } from '../../errors/index.js';
import { decodeChunk } from '../chunk.js';
import type { ChunkAnswer, ChunkTask, LedgerTask, WrittenFile } from '../types.js';
import { writeLedger } from '../write-parquet.js';
import { LargeFile } from './large-files.js';

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

/** An error of something that a transform has started without waiting for it, such as an async function. */
let lateError: unknown;

function recordLateErrors(): void {
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
    if (process.listenerCount(event) === 0) process.on(event, (error: unknown) => (lateError ??= { error }));
  }
}

/** Of tables with transforms: it would be lost, or end the thread at some later moment. */
function assertNoLateError({ tables }: ChunkTask): void {
  if (lateError === undefined) return;
  const { error } = lateError as { error: unknown };
  lateError = undefined;
  const paths = tables.flatMap(({ config }) => config.transform?.path ?? []);
  throw new UserMistake(
    `The transform ${[...new Set(paths)].join(' or ')} has started something that failed later: ${describeThrown(error)}.`,
    'It cannot wait: take out what is async, and start the run again.',
  );
}

/** Decodes a chunk; mistakes of the user and large files are answers, not errors. */
export async function chunk(task: ChunkTask): Promise<ChunkAnswer> {
  const transformed = task.tables.some(({ config }) => config.transform !== undefined);
  if (transformed) recordLateErrors();
  try {
    const result = await decodeChunk(task);
    if (transformed) assertNoLateError(task);
    return handOver(result, result.written);
  } catch (error) {
    // A thrown error loses its class on the way out of the thread.
    if (error instanceof UserMistake) return { mistake: { message: error.message, cure: error.cure } };
    if (error instanceof LargeFile) return { hasLargeFile: true };
    throw error;
  }
}

/** Writes the ledger rows of a batch as Parquet files. */
export async function ledger(task: LedgerTask): Promise<WrittenFile[]> {
  return writeLedger(task);
}

export { readLedger } from '../../ledger/read.js';
export { ledgerRows } from '../../ledger/rows.js';
export { countRows } from '../tasks/count-rows.js';
export { readDeletes } from '../tasks/read-deletes.js';
export { readEventIds } from '../tasks/read-event-ids.js';
export { writeDeletes } from '../tasks/write-deletes.js';
