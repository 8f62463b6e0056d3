/** The decoder threads of a worker process. Decoding blocks a thread, and must not delay heartbeats. */
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { Piscina } from 'piscina';
import { unpackRows } from '../../columnar/packed-rows.js';
import type { Digest } from '../../integrity/digest.js';
import { unpackDigests } from '../../integrity/packed-digests.js';
import type { DigestReadTask } from '../../integrity/read-digests.js';
import type { LedgerAttempt, LedgerFilesTask } from '../../integrity/read-ledger.js';
import type { LedgerRow } from '../../ledger/columns.js';
import type { LedgerFingerprints, LedgerReadTask } from '../../ledger/read.js';
import type { LedgerRowsTask } from '../../ledger/rows.js';
import type { StoredEntriesTask, StoredEntry } from '../../ledger/stored-entries.js';
import type { CountTask } from '../tasks/count-rows.js';
import type { DeletedRows } from '../tasks/deleted-rows.js';
import type { FindRowsTask } from '../tasks/find-rows.js';
import type { HashTask } from '../tasks/hash-object.js';
import type { DigestObjectTask, ReadDigestObject } from '../tasks/read-digest-object.js';
import type { DeletesTask, WrittenDeletes } from '../tasks/write-deletes.js';
import { TransformPool } from '../transforms/pool.js';
import type { TransformLimits } from '../transforms/process.js';
import type {
  ChunkAnswer,
  ChunkResult,
  ChunkTask,
  HashedObject,
  IntegrityTask,
  LedgerTask,
  WrittenFile,
} from '../types.js';
import { errorOf } from './failure.js';
import { LargeFiles } from './large-files.js';
import { TaskQueue } from './task-queue.js';

/**
 * The work that a worker does outside of its main thread. All methods reject with the signal's reason once it is aborted.
 */
export interface DecoderPool {
  ingestChunk(task: ChunkTask, signal?: AbortSignal): Promise<ChunkResult>;
  writeLedger(task: LedgerTask, signal?: AbortSignal): Promise<WrittenFile[]>;
  /** Reads a ledger file for a plan. */
  readLedger(task: LedgerReadTask, signal?: AbortSignal): Promise<LedgerFingerprints>;
  /** Writes position-delete files, in the order of the data files that they are about. */
  writeDeletes(task: DeletesTask, signal?: AbortSignal): Promise<WrittenDeletes[]>;
  /** Makes the event list of a data file: see cloudtrail/event-list.ts. */
  readEventList(parquet: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>;
  /** Reads the values of a data file for the index: see value-index/file-values.ts. */
  readValues(parquet: Uint8Array, signal?: AbortSignal): Promise<Float64Array>;
  /** Reads a position-delete file. */
  readDeletes(parquet: Uint8Array, signal?: AbortSignal): Promise<DeletedRows>;
  /** Counts the live rows of a data file by the object that they came from. */
  countRows(task: CountTask, signal?: AbortSignal): Promise<Map<string, number>>;
  /** Finds the live rows of some objects in a data file. */
  findRows(task: FindRowsTask, signal?: AbortSignal): Promise<Uint32Array>;
  /** Reads whole rows of some objects in a ledger file. */
  storedEntries(task: StoredEntriesTask, signal?: AbortSignal): Promise<StoredEntry[]>;
  ledgerRows(task: LedgerRowsTask, signal?: AbortSignal): Promise<LedgerRow[]>;
  /** Reads digests of the digest table. */
  readDigests(task: DigestReadTask, signal?: AbortSignal): Promise<Digest[]>;
  /** Reads a ledger file for a verification. */
  readLedgerFiles(task: LedgerFilesTask, signal?: AbortSignal): Promise<LedgerAttempt[]>;
  /** Writes files of the integrity table. */
  writeIntegrity(task: IntegrityTask, signal?: AbortSignal): Promise<WrittenFile[]>;
  hashObject(task: HashTask, signal?: AbortSignal): Promise<HashedObject>;
  /** Reads the object of a digest, for a plan. */
  readDigestObject(task: DigestObjectTask, signal?: AbortSignal): Promise<ReadDigestObject | { problem: string }>;
  close(): Promise<void>;
}

/**
 * Starts the decoder threads.
 * @param threads number of threads; 0 means one per core
 * @param entry path of the compiled thread.js; a thread cannot load TypeScript
 * @param limits of transforms, instead of TRANSFORM_LIMITS
 */
export function startDecoderPool(threads: number, entry: string, limits?: TransformLimits): DecoderPool {
  const maxThreads = threads > 0 ? threads : availableParallelism();
  const taskQueue = new TaskQueue();
  // Without `stricterFIFO`, a task that no thread takes goes to the end of the queue.
  const queue = { taskQueue, stricterFIFO: true };
  const pool = new Piscina({ filename: entry, minThreads: 0, maxThreads, idleTimeout: 30_000, ...queue });
  // A separate pool: a thread keeps some of the memory that a large file needed until it ends.
  const largePool = new Piscina({ filename: entry, minThreads: 0, maxThreads: 1, idleTimeout: 5_000 });
  const transforms = new TransformPool(join(dirname(entry), '..', 'transforms', 'process.js'), maxThreads, limits);
  const large = new LargeFiles();
  const runChunk = (threads: Piscina, task: ChunkTask, signal?: AbortSignal): Promise<ChunkAnswer> => {
    if (task.tables.some(({ config }) => config.transform !== undefined)) return transforms.run(task, signal);
    // Copy each body: a small Buffer is a view of Node's shared pool, which must not be transferred.
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
      if ('failure' in result) throw errorOf(result);
      return result;
    },
    writeLedger: (task, signal) => pool.run(task, { name: 'ledger', signal }),
    readLedger: (task, signal) => pool.run(task, { name: 'readLedger', signal }),
    writeDeletes: (task, signal) => pool.run(task, { name: 'writeDeletes', signal }),
    readEventList: (parquet, signal) => pool.run(parquet, { name: 'readEventList', signal }),
    readValues: (parquet, signal) => pool.run(parquet, { name: 'readValues', signal }),
    readDeletes: (parquet, signal) => pool.run(parquet, { name: 'readDeletes', signal }),
    countRows: (task, signal) => pool.run(task, { name: 'countRows', signal }),
    findRows: (task, signal) => pool.run(task, { name: 'findRows', signal }),
    storedEntries: (task, signal) => pool.run(task, { name: 'storedEntries', signal }),
    ledgerRows: (task, signal) => pool.run(task, { name: 'ledgerRows', signal }),
    readDigests: async (task, signal) => unpackDigests(await pool.run(task, { name: 'readDigests', signal })),
    readLedgerFiles: async (task, signal) =>
      unpackRows<LedgerAttempt>(await pool.run(task, { name: 'readLedgerFiles', signal })),
    writeIntegrity: (task, signal) => pool.run(task, { name: 'writeIntegrity', signal }),
    hashObject: (task, signal) => pool.run(task, { name: 'hashObject', signal }),
    readDigestObject: (task, signal) => pool.run(task, { name: 'readDigestObject', signal }),
    async close() {
      await Promise.all([pool.destroy(), largePool.destroy(), transforms.close()]);
    },
  };
}
