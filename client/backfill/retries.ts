/** Why a backfill makes no progress: its activities, and those of its days, that failed and are being retried. */
import { type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { dateOf } from '../../cluster/grpc.js';
import type { Activities } from '../../protocol/activities.js';
import { mapConcurrent } from '../../storage/concurrency.js';
import { type ClusterSession, workflowUrl } from '../session/session.js';
import { dayOfId } from './visibility.js';

/** Activities of one workflow that are being retried for the same reason. */
export interface Retry {
  /** `null`: the backfill itself. */
  day: string | null;
  /** Name of the activity, as in the UI; `workflow`: a worker cannot continue the workflow itself. */
  activity: keyof Activities | 'workflow';
  /** Number of activities. */
  count: number;
  /** Number of the next or current attempt: the highest of them. */
  attempt: number;
  /** The error of the last attempt, with its cure, on one line. */
  error: string;
  /** The earliest of them, ISO 8601, UTC; `null` while an attempt is in progress. */
  nextAttemptAt: string | null;
  ui: string | null;
}

type RawDescription = WorkflowExecutionDescription['raw'];
type Pending = NonNullable<RawDescription['pendingActivities']>[number];
type Failure = NonNullable<Pending['lastFailure']>;

/** The most concurrent requests for descriptions. */
const CONCURRENCY = 8;
/** From this attempt on, a workflow task is reported: one or two may be lost with a worker. */
const TASK_TRIES = 3;
const WORKFLOW_STUCK = 'A worker cannot continue this workflow: see its log, or the page in the UI, for the reason.';
/** `TIMEOUT_TYPE_HEARTBEAT` in Temporal's API. */
const HEARTBEAT_TIMEOUT = 4;

/** The retries of a backfill and of its running days. The server knows them without a worker. */
export async function readRetries(
  { client, cluster }: ClusterSession,
  { workflowId, raw }: WorkflowExecutionDescription,
): Promise<Retry[]> {
  const days = (raw.pendingChildren ?? []).flatMap(({ workflowId: id }) => {
    const day = dayOfId(id ?? '');
    return id && day !== null ? [{ id, day }] : [];
  });
  days.sort((a, b) => (a.day < b.day ? -1 : 1));
  const ofDays = await mapConcurrent(days, CONCURRENCY, async ({ id, day }) => {
    try {
      const description = await client.workflow.getHandle(id).describe();
      return retriesOf(description.raw, day, workflowUrl(cluster, id));
    } catch (error) {
      // The day has ended and been deleted from the server since.
      if (error instanceof WorkflowNotFoundError) return [];
      throw error;
    }
  });
  return [...retriesOf(raw, null, workflowUrl(cluster, workflowId)), ...ofDays.flat()];
}

/** The retries of one workflow, from its description. */
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

/** A worker that stopped reports no error; the server's message for a timeout is replaced, because it is hard to understand. */
function reasonOf({ message, timeoutFailureInfo }: Failure): string {
  if (timeoutFailureInfo) {
    return timeoutFailureInfo.timeoutType === HEARTBEAT_TIMEOUT
      ? 'Its worker stopped sending heartbeats.'
      : 'It exceeded the time limit of one attempt.';
  }
  return (message ?? '').replace(/\s+/g, ' ').trim();
}
