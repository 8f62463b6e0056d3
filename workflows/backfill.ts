/** A date range: a sliding window of `ingest-day` children. A day that fails does not stop the others. */

import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowCancellationType,
  condition,
  continueAsNew,
  isCancellation,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  sleep,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { activitiesOf } from './activity-options.js';
import { countDays, nextDay } from './days.js';
import { backfillDetails } from './details.js';
import { reasonOf } from './failures.js';
import { ingestDayId } from './ids.js';
import { dayProgressSignal, ingestDay } from './ingest-day.js';
import {
  BACKFILL_INCOMPLETE,
  type BackfillInput,
  type BackfillProgress,
  type BackfillResult,
  type BackfillStatus,
  backfillStatusQuery,
  type DayProgress,
  NO_TOTALS,
} from './messages.js';
import { counted } from './numbers.js';
import { addTotals } from './totals.js';

/** Another run works on the same day: its end is not known here, so it is looked for at this interval, seconds. */
const BUSY_DAY_INTERVAL = 10;
/** More failures than this say nothing new, and a payload has its limit. */
const FAILURES_KEPT = 500;

export async function backfill(input: BackfillInput): Promise<BackfillResult> {
  const state: BackfillProgress = input.carried ?? {
    startedAt: Date.now(),
    nextDay: input.from,
    daysDone: 0,
    daysFailed: 0,
    failures: [],
    totals: NO_TOTALS,
  };
  const running = new Map<string, DayProgress | undefined>();
  const planned = { files: state.totals.files, bytes: state.totals.bytes };
  const total = countDays(input.from, input.to);

  const status = (): BackfillStatus => {
    let totals = state.totals;
    const all = { ...planned };
    for (const progress of running.values()) {
      if (progress === undefined) continue;
      totals = addTotals(totals, progress.totals);
      all.files += progress.planned.files;
      all.bytes += progress.planned.bytes;
    }
    const days = { total, done: state.daysDone, failed: state.daysFailed, running: [...running.keys()].sort() };
    return {
      from: input.from,
      to: input.to,
      startedAt: state.startedAt,
      days,
      totals,
      planned: all,
      failures: state.failures,
    };
  };
  const show = (): void => setCurrentDetails(backfillDetails(status()));
  setHandler(backfillStatusQuery, status);
  setHandler(dayProgressSignal, (progress) => {
    if (running.has(progress.day)) running.set(progress.day, progress);
    show();
  });
  show();

  const { discover } = activitiesOf(input.retry).planning;
  state.sources ??= (await discover({ config: input.config, filter: input.filter })).address;

  const runDay = async (day: string): Promise<void> => {
    try {
      const progress = await ingestOneDay(input, state.sources as string, day);
      settle(progress);
      state.daysDone++;
    } catch (error) {
      if (isCancellation(error)) throw error;
      // What the day has committed before it failed counts.
      const last = running.get(day);
      if (last !== undefined) settle(last);
      state.daysFailed++;
      if (state.failures.length < FAILURES_KEPT) state.failures.push({ day, error: reasonOf(error) });
    } finally {
      running.delete(day);
      show();
    }
  };
  const settle = (progress: DayProgress): void => {
    state.totals = addTotals(state.totals, progress.totals);
    planned.files += progress.planned.files;
    planned.bytes += progress.planned.bytes;
  };

  try {
    while (state.nextDay <= input.to && !workflowInfo().continueAsNewSuggested) {
      const day = state.nextDay;
      state.nextDay = nextDay(day);
      running.set(day, undefined);
      show();
      // Its only rejection is a cancellation, which the conditions below meet too.
      runDay(day).catch(() => {});
      await condition(() => running.size < Math.max(1, input.daysInFlight));
    }
    await condition(() => running.size === 0);
  } catch (error) {
    // Cancelled: the days are told too, and what they have under way is waited for.
    await CancellationScope.nonCancellable(() => condition(() => running.size === 0));
    throw error;
  }
  if (state.nextDay <= input.to) await continueAsNew<typeof backfill>({ ...input, carried: state });

  const result: BackfillResult = {
    from: input.from,
    to: input.to,
    startedAt: state.startedAt,
    days: { total, done: state.daysDone, failed: state.daysFailed },
    totals: state.totals,
    failures: state.failures,
  };
  if (state.daysFailed === 0) return result;
  const named = state.failures.slice(0, 5).map(({ day, error }) => `${day}: ${error}`);
  throw ApplicationFailure.nonRetryable(
    `${state.daysFailed} of ${counted(total, 'day')} failed. ${named.join(' · ')}`,
    BACKFILL_INCOMPLETE,
    result,
  );
}

/** Runs the day as a child. When another run is at it, waits for that and then looks at the day again. */
async function ingestOneDay(input: BackfillInput, sources: string, day: string): Promise<DayProgress> {
  const { source, config, filter, batchesInFlight, groupBatches, retry, retryQuarantined } = input;
  const run = workflowInfo().workflowId;
  const limits = { batchesInFlight, groupBatches, retry, retryQuarantined };
  for (;;) {
    try {
      const child = await startChild(ingestDay, {
        workflowId: ingestDayId(source, day),
        args: [{ source, config, day, filter, ...limits, run, sources }],
        // A cancelled backfill waits until its days have stopped; a terminated one takes its days with it.
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        staticSummary: `CloudTrail files delivered on ${day}`,
      });
      return await child.result();
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await sleep(Math.min(BUSY_DAY_INTERVAL, retry.maximumIntervalSeconds) * 1000);
    }
  }
}
