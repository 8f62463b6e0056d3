/** Timeouts and retry intervals of the activities. The error table in errors/ decides which errors are retried. */
import type { Priority } from '@temporalio/common';
import {
  ActivityCancellationType,
  type ActivityInterfaceFor,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../protocol/activities.js';
import type { RetryTiming } from '../protocol/messages.js';
import { aheadOf } from '../protocol/priority.js';

type Calls = ActivityInterfaceFor<Activities>;

/**
 * Returns the activities, grouped by the time limit of one attempt. Storage may be unavailable for hours: instead of failing a
 * backfill of years, activities are retried, at intervals short enough to continue soon after. Activities send a heartbeat
 * every 2 s, even while a decoder thread is busy, so a missing heartbeat means that the worker is dead. On cancellation the
 * workflow waits until its activities have stopped, so that nothing is written after it has closed.
 */
export function activitiesOf(retry: RetryTiming): {
  /** Only listings: minutes, even for an organization with hundreds of accounts. */
  planning: Calls;
  /** 64 MiB of gzipped files take seconds; half an hour allows for a very slow store. */
  ingesting: Calls;
  /** Small objects, and the event ids of the affected days. */
  committing: Calls;
  /** Reads the path column of every data file of a day, which may take hours for a large day on a slow store. */
  auditing: Calls;
} {
  const common = {
    heartbeatTimeout: `${retry.heartbeatTimeoutSeconds}s`,
    scheduleToCloseTimeout: `${retry.giveUpAfterHours}h`,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: `${retry.maximumIntervalSeconds}s` },
  } as const;
  const calls = (startToCloseTimeout: '30m' | '6h', priority?: Priority): Calls =>
    proxyActivities<Activities>({ ...common, startToCloseTimeout, ...(priority === undefined ? {} : { priority }) });
  const ahead = aheadOf(workflowInfo().priority);
  return {
    planning: calls('30m', ahead),
    ingesting: calls('30m'),
    committing: calls('30m', ahead),
    auditing: calls('6h'),
  };
}
