/** Bounded concurrency with a limit that may change at runtime. */
import { CancellationScope, condition } from '@temporalio/workflow';

/** Tasks that may run at the same time. */
export interface ConcurrentWork {
  /** True while there are tasks left to start. */
  hasMore(): boolean;
  /** The current maximum number of running tasks; 0 starts none. */
  limit(): number;
  /** Starts the next task, and resolves when it has ended. It rejects only if the workflow is cancelled. */
  start(): Promise<void>;
}

/**
 * Runs all tasks, and returns when all have ended. Running tasks are never stopped: a lower limit only delays the next ones. On
 * cancellation it waits for the running tasks, which are cancelled too.
 */
export async function runConcurrently({ hasMore, limit, start }: ConcurrentWork): Promise<void> {
  let underWay = 0;
  const runNext = async (): Promise<void> => {
    underWay++;
    try {
      await start();
    } finally {
      underWay--;
    }
  };
  try {
    for (;;) {
      await condition(() => !hasMore() || underWay < limit());
      if (!hasMore()) break;
      // Only a cancellation rejects, and it rejects the conditions here too.
      runNext().catch(() => {});
    }
    await condition(() => underWay === 0);
  } catch (error) {
    await CancellationScope.nonCancellable(() => condition(() => underWay === 0));
    throw error;
  }
}
