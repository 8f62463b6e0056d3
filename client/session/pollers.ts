/** Checks for workers, so that the user is told when nothing will happen. */
import type { Cluster } from '../../cluster/cluster.js';

/** The server lists pollers for five minutes; a long poll takes about one. */
const RECENT_MS = 90_000;
/** `TASK_QUEUE_TYPE_WORKFLOW` in Temporal's API. */
const WORKFLOW_QUEUE = 1;

/** True if a worker has polled the task queue recently, or if the server cannot tell: the result is only a hint. */
export async function hasWorker(
  cluster: Pick<Cluster, 'connection' | 'namespace' | 'taskQueue'>,
  now: number,
): Promise<boolean> {
  try {
    const answer = await cluster.connection.withDeadline(Date.now() + 5_000, () =>
      cluster.connection.workflowService.describeTaskQueue({
        namespace: cluster.namespace,
        taskQueue: { name: cluster.taskQueue },
        taskQueueType: WORKFLOW_QUEUE,
      }),
    );
    return (answer.pollers ?? []).some(
      ({ lastAccessTime }) => now - Number(lastAccessTime?.seconds ?? 0) * 1000 < RECENT_MS,
    );
  } catch {
    return true;
  }
}
