/** Starts the days of a backfill as child workflows, and signals changes to them. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  ChildWorkflowCancellationType,
  type ChildWorkflowHandle,
  condition,
  ParentClosePolicy,
  sleep,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { type ControlState, dayControlOf } from '../protocol/control.js';
import { ingestDayId } from '../protocol/ids.js';
import { type BackfillInput, type BackfillProgress, dayControlSignal, NO_TOTALS } from '../protocol/messages.js';
import { attributesOf } from '../protocol/search-attributes.js';
import { dayMemo, ingestDay } from './ingest-day.js';
import { aboutDay } from './ui/about.js';

/**
 * Polling intervals in seconds. If another run is working on a day, this workflow is not notified when that run ends, so it
 * tries to start the day again and again. The interval grows because each try adds some ten events to the history, which is
 * limited in size.
 */
const BUSY_DAY = { first: 5, max: 30, growth: 1.2 };

/** The progress of a day that is not planned yet. */
const NO_PROGRESS = { planned: { files: 0, bytes: 0 }, totals: NO_TOTALS };

/** Signals the control state to a day. A day that has just ended does not need it, so errors are ignored. */
export function signalControl(child: ChildWorkflowHandle<typeof ingestDay>, control: ControlState): void {
  CancellationScope.nonCancellable(() => child.signal(dayControlSignal, dayControlOf(control))).catch(() => {});
}

/**
 * Starts the day as a child workflow as soon as no other run is working on it. Returns `undefined` if continue-as-new is
 * suggested before that: the next run starts the day.
 */
export async function startDay(
  input: BackfillInput,
  state: BackfillProgress,
  day: string,
  onWait: () => void,
): Promise<ChildWorkflowHandle<typeof ingestDay> | undefined> {
  const { source, config, filter, groupBatches, retry, retryQuarantined, reprocess, visibility } = input;
  const run = workflowInfo().workflowId;
  const isHistoryLong = (): boolean => workflowInfo().continueAsNewSuggested;
  const max = Math.min(BUSY_DAY.max, retry.maximumIntervalSeconds);
  for (let interval = Math.min(BUSY_DAY.first, max); ; interval = Math.min(interval * BUSY_DAY.growth, max)) {
    const { control } = state;
    const options = {
      ...{ control: dayControlOf(control), groupBatches, retry, retryQuarantined },
      ...(reprocess === undefined ? {} : { reprocess }),
    };
    try {
      const child = await startChild(ingestDay, {
        workflowId: ingestDayId(source, day),
        args: [{ source, config, day, filter, ...options, run, sources: state.sources, visibility }],
        // A cancelled backfill waits until its days have stopped. If it is terminated, its days are cancelled.
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        staticSummary: `CloudTrail files delivered on ${day}`,
        staticDetails: aboutDay(run),
        ...(visibility === undefined ? {} : { memo: { ...dayMemo({ day, run, visibility }, NO_PROGRESS) } }),
        ...(visibility?.searchable === true ? { typedSearchAttributes: attributesOf({ source, day }) } : {}),
      });
      if (state.control !== control) signalControl(child, state.control);
      return child;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    onWait();
    await sleep(interval * 1000);
    // A pause may last for days, so do not try during a pause.
    await condition(() => !state.control.paused || isHistoryLong());
    if (isHistoryLong()) return undefined;
  }
}
