/** The days of a backfill as child workflows: starting them, and signalling changes to them. */
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
 * Seconds. The end of another run that works on a day is not known here, so it is looked for: soon at first, less often
 * later, for each look is some ten events of a history that has a limit.
 */
const BUSY_DAY = { first: 5, most: 30, growth: 1.2 };

/** Of a day that is not planned. */
const NOTHING_YET = { planned: { files: 0, bytes: 0 }, totals: NO_TOTALS };

/** Signals the control state to a day. A day that has just ended does not need it, so errors are ignored. */
export function signalControl(child: ChildWorkflowHandle<typeof ingestDay>, control: ControlState): void {
  CancellationScope.nonCancellable(() => child.signal(dayControlSignal, dayControlOf(control))).catch(() => {});
}

/**
 * Starts the day as a child, as soon as no other run is at it. `undefined` when that takes longer than this history may
 * grow: the day is left to the next one.
 */
export async function startDay(
  input: BackfillInput,
  state: BackfillProgress,
  day: string,
  waits: () => void,
): Promise<ChildWorkflowHandle<typeof ingestDay> | undefined> {
  const { source, config, filter, groupBatches, retry, retryQuarantined, visibility } = input;
  const run = workflowInfo().workflowId;
  const isLong = (): boolean => workflowInfo().continueAsNewSuggested;
  const most = Math.min(BUSY_DAY.most, retry.maximumIntervalSeconds);
  for (let gap = Math.min(BUSY_DAY.first, most); ; gap = Math.min(gap * BUSY_DAY.growth, most)) {
    const { control } = state;
    const how = { control: dayControlOf(control), groupBatches, retry, retryQuarantined };
    try {
      const child = await startChild(ingestDay, {
        workflowId: ingestDayId(source, day),
        args: [{ source, config, day, filter, ...how, run, sources: state.sources, visibility }],
        // A cancelled backfill waits until its days have stopped; a terminated one takes its days with it.
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        staticSummary: `CloudTrail files delivered on ${day}`,
        staticDetails: aboutDay(run),
        ...(visibility === undefined ? {} : { memo: { ...dayMemo({ day, run, visibility }, NOTHING_YET) } }),
        ...(visibility?.searchable === true ? { typedSearchAttributes: attributesOf({ source, day }) } : {}),
      });
      if (state.control !== control) signalControl(child, state.control);
      return child;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    waits();
    await sleep(gap * 1000);
    // A pause may last for days: no attempts meanwhile.
    await condition(() => !state.control.paused || isLong());
    if (isLong()) return undefined;
  }
}
