/** Entry point of a decoder thread: exports one function for each kind of task. */
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { describeThrown } from '../../cloudtrail/decoder/row-view.js';
import { type PackedRows, packRows } from '../../columnar/packed-rows.js';
import { UserMistake } from '../../errors/index.js';
import { type PackedDigests, packDigests } from '../../integrity/packed-digests.js';
import type { DigestReadTask } from '../../integrity/read-digests.js';
import type { LedgerFilesTask } from '../../integrity/read-ledger.js';
import type { LedgerRow } from '../../ledger/columns.js';
import type { LedgerFingerprints, LedgerReadTask } from '../../ledger/read.js';
import type { LedgerRowsTask } from '../../ledger/rows.js';
import type { StoredEntriesTask, StoredEntry } from '../../ledger/stored-entries.js';
import { decodeChunk } from '../chunk.js';
import type { CountTask } from '../tasks/count-rows.js';
import type { DeletedRows } from '../tasks/deleted-rows.js';
import type { FindRowsTask } from '../tasks/find-rows.js';
import type { HashTask } from '../tasks/hash-object.js';
import type { DigestObjectTask, ReadDigestObject } from '../tasks/read-digest-object.js';
import type { DeletesTask, WrittenDeletes } from '../tasks/write-deletes.js';
import type { TrialAnswer, TrialTask } from '../transforms/trial.js';
import type { ChunkAnswer, ChunkTask, HashedObject, IntegrityTask, LedgerTask, WrittenFile } from '../types.js';
import { writeLedger } from '../write-parquet.js';
import { collectBuffers, noteDropped } from './collect.js';
import { failureOf } from './failure.js';
import { LargeFile } from './large-files.js';

/** Marks the Parquet bytes to be transferred instead of copied. */
function transferred<T>(value: T, written: readonly WrittenFile[]): T {
  return move({
    get [transferableSymbol]() {
      return written.flatMap(({ bytes, events, values }) => [
        bytes.buffer,
        ...(events ? [events.list.buffer] : []),
        ...(values ? [values.buffer] : []),
      ]);
    },
    get [valueSymbol]() {
      return value;
    },
  } as never) as T;
}

/** The error of an operation that a transform started without awaiting it, such as an async function. */
let lateError: unknown;

function recordLateErrors(): void {
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
    if (process.listenerCount(event) === 0) process.on(event, (error: unknown) => (lateError ??= { error }));
  }
}

/** For tasks with transforms: otherwise such an error would be lost, or would end the thread later. */
function assertNoLateError({ tables }: ChunkTask | TrialTask): void {
  if (lateError === undefined) return;
  const { error } = lateError as { error: unknown };
  lateError = undefined;
  const paths = tables.flatMap(({ config }) => config.transform?.path ?? []);
  throw new UserMistake(
    `The transform ${[...new Set(paths)].join(' or ')} started an asynchronous operation that failed: ${describeThrown(error)}.`,
    'Transforms must be synchronous: remove the asynchronous code, then start the run again.',
  );
}

/** Decodes a chunk. Expected errors and `LargeFile` are returned as results, not thrown. */
export async function chunk(task: ChunkTask): Promise<ChunkAnswer> {
  const transformed = task.tables.some(({ config }) => config.transform !== undefined);
  if (transformed) recordLateErrors();
  try {
    const result = await decodeChunk(task);
    if (transformed) assertNoLateError(task);
    return transferred(result, result.written);
  } catch (error) {
    if (error instanceof LargeFile) return { hasLargeFile: true };
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    return failure;
  }
}

/** Runs a transform over sample records. Expected errors are returned as results, not thrown. */
export async function trial(task: TrialTask): Promise<TrialAnswer> {
  recordLateErrors();
  try {
    const { runTrial } = await import('../transforms/trial.js');
    const result = runTrial(task);
    // An operation that it started fails no earlier than in the next turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    assertNoLateError(task);
    return result;
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    return failure;
  }
}

/** Writes the ledger rows of a batch as Parquet files. */
export async function ledger(task: LedgerTask): Promise<WrittenFile[]> {
  return writeLedger(task);
}

// The other tasks read Parquet files. The modules for that take 0.1 s and 30 MB per thread, and many runs never need them.

export async function readLedger(task: LedgerReadTask): Promise<LedgerFingerprints> {
  return (await import('../../ledger/read.js')).readLedger(task);
}

export async function ledgerRows(task: LedgerRowsTask): Promise<LedgerRow[]> {
  return (await import('../../ledger/rows.js')).ledgerRows(task);
}

export async function findRows(task: FindRowsTask): Promise<Uint32Array> {
  return (await import('../tasks/find-rows.js')).findRows(task);
}

export async function storedEntries(task: StoredEntriesTask): Promise<StoredEntry[]> {
  return (await import('../../ledger/stored-entries.js')).storedEntries(task);
}

export async function countRows(task: CountTask): Promise<Map<string, number>> {
  return (await import('../tasks/count-rows.js')).countRows(task);
}

export async function readDeletes(parquet: Uint8Array): Promise<DeletedRows> {
  return (await import('../tasks/read-deletes.js')).readDeletes(parquet);
}

export async function readEventList(parquet: Uint8Array): Promise<Uint8Array> {
  return (await import('../tasks/read-event-list.js')).readEventList(parquet);
}

export async function readValues(parquet: Uint8Array): Promise<Float64Array> {
  return (await import('../tasks/read-values.js')).readValues(parquet);
}

export async function writeDeletes(task: DeletesTask): Promise<WrittenDeletes[]> {
  return (await import('../tasks/write-deletes.js')).writeDeletes(task);
}

export async function writeIntegrity(task: IntegrityTask): Promise<WrittenFile[]> {
  return (await import('../write-parquet.js')).writeIntegrity(task);
}

export async function readDigests(task: DigestReadTask): Promise<PackedDigests> {
  const { readDigests: read } = await import('../../integrity/read-digests.js');
  return packDigests(await collected(task, read(task)));
}

export async function readLedgerFiles(task: LedgerFilesTask): Promise<PackedRows> {
  const { ATTEMPT_SHAPE, readLedgerFiles: read } = await import('../../integrity/read-ledger.js');
  return packRows(await collected(task, read(task)), ATTEMPT_SHAPE);
}

/**
 * Bytes that count as dropped for each byte of a table file. bench:verify, 105 days: 51 CPU s and 487 MB with 2, 62 s and 482
 * MB with 3 (before each log file was judged with one object), 71 s and 443 MB with 9.
 */
const DROPPED_FOR_A_BYTE = 2;

/** For series of many small tasks: V8 does not know the size of the buffers that a thread drops. */
async function collected<T>({ parquet: { length } }: { parquet: Uint8Array }, read: Promise<T>): Promise<T> {
  const result = await read;
  noteDropped(length * DROPPED_FOR_A_BYTE);
  collectBuffers();
  return result;
}

export async function hashObject(task: HashTask): Promise<HashedObject> {
  return (await import('../tasks/hash-object.js')).hashObject(task);
}

export async function readDigestObject(task: DigestObjectTask): Promise<ReadDigestObject | { problem: string }> {
  return (await import('../tasks/read-digest-object.js')).readDigestObject(task);
}
