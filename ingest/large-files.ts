/**
 * Files that are large when unzipped are decoded one at a time in a worker, so that its memory does not grow by one of them
 * for each thread. How large a file is, it says itself; where that is not so, its chunk is begun again.
 */
import type { ChunkTask, HasLargeFile } from './types.js';
import { unzippedSize } from './uncompress.js';

/** Bytes when unzipped: 48 MiB are 50.3 MB. CloudTrail's own files have 50 MB at the most: they never wait. */
export const LARGE_FILE_BYTES = 48 << 20;

/** A file has more bytes than the task's `largest`. */
export class LargeFile extends Error {
  override readonly name = 'LargeFile';
}

export class LargeFiles {
  private last: Promise<unknown> = Promise.resolve();

  /**
   * Runs the task: after all that has large files, when it has one itself.
   * @param run decodes without large files, `runLarge` with any
   */
  async run<T extends object>(
    task: ChunkTask,
    run: (task: ChunkTask) => Promise<T | HasLargeFile>,
    runLarge: (task: ChunkTask) => Promise<T | HasLargeFile>,
    signal?: AbortSignal,
  ): Promise<T> {
    if (!task.files.some(({ body }) => body !== undefined && isLarge(body, task.maxFileBytes))) {
      const result = await run({ ...task, largest: LARGE_FILE_BYTES });
      if (!('hasLargeFile' in result)) return result;
    }
    return this.inTurn(() => runLarge(task) as Promise<T>, signal);
  }

  private inTurn<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const turn = this.last.then(() => {
      signal?.throwIfAborted();
      return work();
    });
    this.last = turn.catch(() => {});
    if (signal === undefined) return turn;
    // Who is cancelled does not wait for its turn.
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      turn.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    });
  }
}

/** A file that is larger than it may be is not read to its end, however large it is. */
function isLarge(body: Uint8Array, maxBytes: number): boolean {
  return Math.min(unzippedSize(body) ?? 0, maxBytes) > LARGE_FILE_BYTES;
}
