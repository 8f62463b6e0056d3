/** Why a backfill stands still: its activities, and those of its days, that have failed and are tried again. */
import { type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { dateOf } from '../../cluster/grpc.js';
import type { Activities } from '../../protocol/activities.js';
import { mapConcurrent } from '../../storage/concurrency.js';
import { type ClusterSession, workflowUrl } from '../session/session.js';
import { dayOfId } from './visibility.js';

/** Activities of one workflow that wait for the same reason. */
export interface Retry {
  /** `null`: of the backfill itself. */
  day: string | null;
  /** Name of the activity, as the UI has it; `workflow`: a worker cannot go on with the workflow itself. */
  activity: keyof Activities | 'workflow';
  /** How many there are. */
  count: number;
  /** Number of the try that comes next, or that is under way: the furthest of them. */
  attempt: number;
  /** What the last try failed with, and its cure: one line. */
  error: string;
  /** The soonest of them, ISO 8601, UTC; `null` while one is under way. */
  nextAttemptAt: string | null;
  ui: string | null;
}

type RawDescription = WorkflowExecutionDescription['raw'];
type Pending = NonNullable<RawDescription['pendingActivities']>[number];
type Failure = NonNullable<Pending['lastFailure']>;

/** Descriptions asked for at once. */
const AT_ONCE = 8;
/** Workflow tasks that were lost with a worker, once or twice, are nothing to speak of. */
const TASK_TRIES = 3;
const WORKFLOW_STUCK = 'A worker cannot go on with this workflow: its log says why, and so does the page in the UI.';
/** `TIMEOUT_TYPE_HEARTBEAT` of the protocol. */
const HEARTBEAT_TIMEOUT = 4;

/** Of a backfill and of its days under way: the server needs no worker to tell. */
export async function readRetries(
  { client, cluster }: ClusterSession,
  { workflowId, raw }: WorkflowExecutionDescription,
): Promise<Retry[]> {
  const days = (raw.pendingChildren ?? []).flatMap(({ workflowId: id }) => {
    const day = dayOfId(id ?? '');
    return id && day !== null ? [{ id, day }] : [];
  });
  days.sort((a, b) => (a.day < b.day ? -1 : 1));
  const ofDays = await mapConcurrent(days, AT_ONCE, async ({ id, day }) => {
    try {
      const description = await client.workflow.getHandle(id).describe();
      return retriesOf(description.raw, day, workflowUrl(cluster, id));
    } catch (error) {
      // The server has forgotten it since: it has ended.
      if (error instanceof WorkflowNotFoundError) return [];
      throw error;
    }
  });
  return [...retriesOf(raw, null, workflowUrl(cluster, workflowId)), ...ofDays.flat()];
}

/** What one workflow waits for, by its description. */
export function retriesOf(
  { pendingActivities, pendingWorkflowTask }: Pick<RawDescription, 'pendingActivities' | 'pendingWorkflowTask'>,
  day: string | null,
  ui: string | null,
): Retry[] {
  const retries = new Map<string, Retry>();
  for (const { activityType, attempt, lastFailure, nextAttemptScheduleTime } of pendingActivities ?? []) {
    if (!lastFailure || !attempt || attempt < 2) continue;
    const activity = activityType?.name as keyof Activities;
    const error = reasonOf(lastFailure);
    const nextAttemptAt = dateOf(nextAttemptScheduleTime)?.toISOString() ?? null;
    const key = JSON.stringify([activity, error]);
    const one = { day, activity, count: 1, attempt, error, nextAttemptAt, ui };
    const known = retries.get(key);
    retries.set(key, known === undefined ? one : joined(known, one));
  }
  const tries = pendingWorkflowTask?.attempt ?? 0;
  if (tries >= TASK_TRIES) {
    const stuck = {
      activity: 'workflow',
      count: 1,
      attempt: tries,
      error: WORKFLOW_STUCK,
      nextAttemptAt: null,
    } as const;
    retries.set('', { day, ...stuck, ui });
  }
  return [...retries.values()];
}

function joined(a: Retry, b: Retry): Retry {
  const [soonest] = [a.nextAttemptAt, b.nextAttemptAt].sort();
  const underWay = a.nextAttemptAt === null || b.nextAttemptAt === null;
  return {
    ...a,
    count: a.count + b.count,
    attempt: Math.max(a.attempt, b.attempt),
    nextAttemptAt: underWay ? null : soonest,
  };
}

/** A worker that has gone says nothing: then the server has words of its own, which nobody understands. */
function reasonOf({ message, timeoutFailureInfo }: Failure): string {
  if (timeoutFailureInfo) {
    return timeoutFailureInfo.timeoutType === HEARTBEAT_TIMEOUT
      ? 'Its worker gave no sign of life any more.'
      : 'It took longer than one try may.';
  }
  return (message ?? '').replace(/\s+/g, ' ').trim();
}
