/** The thread that sorts and writes rows, separate from the decoder threads: it ends when it is idle, which frees its memory. */
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { type Checked, type CheckTask, checkFile } from './check-file.js';
import { type MergeTask, mergeRuns } from './merge-runs.js';
import type { OutputFile } from './output.js';
import { type Sorted, type SortTask, sortFiles } from './sort-files.js';

/** The work of a compaction that would block the main thread. All methods reject with the signal's reason once it is aborted. */
export interface Compactor {
  sort(task: SortTask, signal?: AbortSignal): Promise<Sorted>;
  /** Returns the data files. */
  merge(task: MergeTask, signal?: AbortSignal): Promise<OutputFile[]>;
  check(task: CheckTask, signal?: AbortSignal): Promise<Checked>;
  /** Ends the thread, which frees its memory; the next task starts another one. No task may be running. */
  rest(): Promise<void>;
}

const IDLE_MS = 5_000;

/**
 * Starts the thread of a process. One task runs at a time; one that is cancelled is stopped at once, with its thread.
 * @param entry path of the compiled thread.js; a thread cannot load TypeScript
 */
export function startCompactor(entry = join(__dirname, 'thread.js')): Compactor {
  let pool: Piscina | undefined;
  const run = <T>(name: string, task: unknown, signal?: AbortSignal): Promise<T> => {
    pool ??= new Piscina({ filename: entry, minThreads: 0, maxThreads: 1, idleTimeout: IDLE_MS });
    return (pool.run(task, { name, signal }) as Promise<T>).catch((error: unknown) => {
      throw signal?.aborted ? signal.reason : withCode(error);
    });
  };
  return {
    sort: (task, signal) => run('sort', task, signal),
    merge: (task, signal) => run('merge', task, signal),
    check: (task, signal) => run('check', task, signal),
    async rest() {
      await pool?.destroy();
      pool = undefined;
    },
  };
}

/** An error of the operating system loses its code on the way from a thread. Its message begins with it: `ENOSPC: no space …`. */
function withCode(error: unknown): unknown {
  const code = error instanceof Error ? /^(E[A-Z0-9]+): /.exec(error.message)?.[1] : undefined;
  return code === undefined ? error : Object.assign(error as Error, { code });
}

/** Works in the caller's thread, but on copies: a task that cannot be sent to a thread fails here too. For tests. */
export const inlineCompactor: Compactor = {
  sort: (task) => sortFiles(structuredClone(task)),
  merge: (task) => mergeRuns(structuredClone(task)),
  check: (task) => checkFile(structuredClone(task)),
  rest: async () => {},
};
