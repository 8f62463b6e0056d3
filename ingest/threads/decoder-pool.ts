/** The decoder threads of a worker process: decoding blocks a thread, and heartbeats must stay on time. */
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { Piscina } from 'piscina';
import { UserMistake } from '../../errors/index.js';
import type { LedgerRow } from '../../ledger/columns.js';
import type { LedgerFingerprints, LedgerReadTask } from '../../ledger/read.js';
import type { Slice } from '../../ledger/slices.js';
import type { CountTask } from '../tasks/count-rows.js';
import type { DeletedRows } from '../tasks/read-deletes.js';
import type { DeletesTask, WrittenDeletes } from '../tasks/write-deletes.js';
import { TransformPool } from '../transforms/pool.js';
import type { TransformLimits } from '../transforms/process.js';
import type { ChunkAnswer, ChunkResult, ChunkTask, LedgerTask, WrittenFile } from '../types.js';
import { LargeFiles } from './large-files.js';

/**
 * What a worker does outside of its main thread. All methods reject with the reason of the signal once it is aborted.
 */
export interface DecoderPool {
  ingestChunk(task: ChunkTask, signal?: AbortSignal): Promise<ChunkResult>;
  writeLedger(task: LedgerTask, signal?: AbortSignal): Promise<WrittenFile[]>;
  /** Reads a file of the ledger for a plan. */
  readLedger(question: LedgerReadTask, signal?: AbortSignal): Promise<LedgerFingerprints>;
  writeDeletes(task: DeletesTask, signal?: AbortSignal): Promise<WrittenDeletes>;
  /** Event ids of a data file: four words a row. */
  readEventIds(parquet: Uint8Array, signal?: AbortSignal): Promise<Uint32Array>;
  /** Which rows a position-delete file deletes. */
  readDeletes(parquet: Uint8Array, signal?: AbortSignal): Promise<DeletedRows>;
  /** Live rows of a data file by the object that they came from. */
  countRows(task: CountTask, signal?: AbortSignal): Promise<Map<string, number>>;
  ledgerRows(parquet: Uint8Array, slice: Slice, signal?: AbortSignal): Promise<LedgerRow[]>;
  close(): Promise<void>;
}

/**
 * @param threads how many; 0 means one a core
 * @param entry the compiled thread.js; a thread cannot load TypeScript
 * @param limits of transforms, in place of TRANSFORM_LIMITS
 */
export function startDecoderPool(threads: number, entry: string, limits?: TransformLimits): DecoderPool {
  const maxThreads = threads > 0 ? threads : availableParallelism();
  const pool = new Piscina({ filename: entry, minThreads: 0, maxThreads, idleTimeout: 30_000 });
  // Apart from the others: a thread keeps some of the memory that a large file took, and gives it back when it ends.
  const largePool = new Piscina({ filename: entry, minThreads: 0, maxThreads: 1, idleTimeout: 5_000 });
  const transforms = new TransformPool(join(dirname(entry), '..', 'transforms', 'process.js'), maxThreads, limits);
  const large = new LargeFiles();
  const runChunk = (threads: Piscina, task: ChunkTask, signal?: AbortSignal): Promise<ChunkAnswer> => {
    if (task.tables.some(({ config }) => config.transform !== undefined)) return transforms.run(task, signal);
    // A small Buffer is a view of a shared slab, which must not be transferred: each body is copied into its own.
    const files = task.files.map((file) => ({ ...file, body: file.body && new Uint8Array(file.body) }));
    const transferList = files.flatMap((file) => (file.body ? [file.body.buffer] : []));
    return threads.run({ ...task, files }, { name: 'chunk', signal, transferList });
  };
  return {
    async ingestChunk(task, signal) {
      const result = await large.run(
        task,
        (one) => runChunk(pool, one, signal),
        (one) => runChunk(largePool, one, signal),
        signal,
      );
      if ('mistake' in result) throw new UserMistake(result.mistake.message, result.mistake.cure);
      return result;
    },
    writeLedger: (task, signal) => pool.run(task, { name: 'ledger', signal }),
    readLedger: (question, signal) => pool.run(question, { name: 'readLedger', signal }),
    writeDeletes: (task, signal) => pool.run(task, { name: 'writeDeletes', signal }),
    readEventIds: (parquet, signal) => pool.run(parquet, { name: 'readEventIds', signal }),
    readDeletes: (parquet, signal) => pool.run(parquet, { name: 'readDeletes', signal }),
    countRows: (task, signal) => pool.run(task, { name: 'countRows', signal }),
    ledgerRows: (parquet, slice, signal) => pool.run({ parquet, slice }, { name: 'ledgerRows', signal }),
    async close() {
      await Promise.all([pool.destroy(), largePool.destroy(), transforms.close()]);
    },
  };
}
