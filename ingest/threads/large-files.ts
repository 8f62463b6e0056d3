/**
 * Decodes files that are large when uncompressed one at a time, so that a worker's memory does not grow with the number of
 * threads. The size comes from the compressed file itself. If that is wrong, or known only to the thread that reads the file, its
 * chunk is restarted.
 */
import type { ChunkTask, FetchedFile, HasLargeFile } from '../types.js';
import { largestStored } from '../uncompress/too-large.js';
import { unzippedSize } from '../uncompress/uncompress.js';

/** Uncompressed bytes: 48 MiB are 50.3 MB. CloudTrail's own files have at most 50 MB, so they never have to wait. */
export const LARGE_FILE_BYTES = 48 << 20;

/** Thrown if a file has more uncompressed bytes than the task's `largest`. */
export class LargeFile extends Error {
  override readonly name = 'LargeFile';
}

/** Runs tasks; those with large files one at a time. */
export class LargeFiles {
  private last: Promise<unknown> = Promise.resolve();

  /**
   * Runs a task. If it has a large file, waits for other tasks with large files first.
   * @param run decodes a task without large files
   * @param runLarge decodes any task
   */
  async run<T extends object>(
    task: ChunkTask,
    run: (task: ChunkTask) => Promise<T | HasLargeFile>,
    runLarge: (task: ChunkTask) => Promise<T | HasLargeFile>,
    signal?: AbortSignal,
  ): Promise<T> {
    if (!task.files.some((file) => isLarge(file, task))) {
      const result = await run({ ...task, largest: LARGE_FILE_BYTES });
      if (!('hasLargeFile' in result)) return result;
    }
    return this.runNext(() => runLarge(task) as Promise<T>, signal);
  }

  private runNext<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const turn = this.last.then(() => {
      signal?.throwIfAborted();
      return work();
    });
    this.last = turn.catch(() => {});
    if (signal === undefined) return turn;
    // A cancelled task rejects immediately instead of waiting for its turn.
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      turn.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    });
  }
}

/** Whether a file is known to be large before it is read. A file beyond the size limit is never read further than that. */
function isLarge({ body, size, problem }: FetchedFile, { maxFileBytes, directory }: ChunkTask): boolean {
  if (body !== undefined) return isLargeBody(body, maxFileBytes);
  const isRead = directory !== undefined && problem === undefined && size <= largestStored(maxFileBytes);
  return isRead && size > LARGE_FILE_BYTES;
}

/** Whether a file declares that it is large when uncompressed. */
export function isLargeBody(body: Uint8Array, maxFileBytes: number): boolean {
  return Math.min(unzippedSize(body) ?? 0, maxFileBytes) > LARGE_FILE_BYTES;
}
