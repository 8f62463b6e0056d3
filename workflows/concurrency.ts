/** Bounded concurrency with a limit that may change while the work runs. */
import { CancellationScope, condition } from '@temporalio/workflow';

/** Pieces of work that may run at the same time. */
export interface ConcurrentWork {
  /** Is there something left to begin? */
  more(): boolean;
  /** How many may be under way at once, as of now; 0 lets nothing begin. */
  limit(): number;
  /** Begins the next one, and resolves when it has ended. It rejects only when the workflow is cancelled. */
  begin(): Promise<void>;
}

/**
 * Returns when all has been handed out and has ended. What is under way is never stopped: a smaller limit counts from the
 * next one on. On a cancellation what is under way, which is cancelled too, is waited for.
 */
export async function runConcurrently({ more, limit, begin }: ConcurrentWork): Promise<void> {
  let underWay = 0;
  const runNext = async (): Promise<void> => {
    underWay++;
    try {
      await begin();
    } finally {
      underWay--;
    }
  };
  try {
    for (;;) {
      await condition(() => !more() || underWay < limit());
      if (!more()) break;
      // A rejection is a cancellation, which the conditions here meet too.
      runNext().catch(() => {});
    }
    await condition(() => underWay === 0);
  } catch (error) {
    await CancellationScope.nonCancellable(() => condition(() => underWay === 0));
    throw error;
  }
}
