/** How each activity is timed and tried again. The error table in errors/ decides what is tried again at all. */
import { ActivityCancellationType, type ActivityInterfaceFor, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../protocol/activities.js';
import type { RetryTiming } from '../protocol/messages.js';

type Calls = ActivityInterfaceFor<Activities>;

/**
 * The activities, each with the time limit of one try. Storage may be away for hours: the work waits for it instead of
 * failing a backfill of years, with tries so close together that work goes on soon after. An activity beats every 2 s, also
 * while a decoder thread is busy: one that does not is on a dead worker. On cancellation the workflow waits until the
 * activity has stopped, so that nothing writes behind its back.
 */
export function activitiesOf(retry: RetryTiming): {
  /** Listings only: minutes even for an organization of hundreds. */
  planning: Calls;
  /** 64 MiB gzipped take seconds; half an hour is for a very slow store. */
  ingesting: Calls;
  /** Small objects, and the event ids of the days that it touches. */
  committing: Calls;
  /** Reads the path column of every data file of a day: hours, for a large one on a slow store. */
  auditing: Calls;
} {
  const common = {
    heartbeatTimeout: `${retry.heartbeatTimeoutSeconds}s`,
    scheduleToCloseTimeout: `${retry.giveUpAfterHours}h`,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: `${retry.maximumIntervalSeconds}s` },
  } as const;
  const calls = (startToCloseTimeout: '30m' | '6h'): Calls =>
    proxyActivities<Activities>({ ...common, startToCloseTimeout });
  return { planning: calls('30m'), ingesting: calls('30m'), committing: calls('30m'), auditing: calls('6h') };
}
