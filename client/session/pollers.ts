/** Does anybody work? Asked before a person waits for something that cannot happen. */
import type { Cluster } from '../../cluster/cluster.js';

/** The server remembers pollers for five minutes; a long poll lasts about one. */
const RECENT_MS = 90_000;
/** `TASK_QUEUE_TYPE_WORKFLOW` of the protocol. */
const WORKFLOW_QUEUE = 1;

/** True when a worker has polled the task queue lately. A server that cannot say counts as yes: this is a hint only. */
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
