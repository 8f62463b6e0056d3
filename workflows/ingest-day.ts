/** One delivery day of one log source: plan, then groups of batches, a commit after each group. */
import {
  ApplicationFailure,
  CancellationScope,
  continueAsNew,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { activitiesOf } from './activity-options.js';
import { dayDetails } from './details.js';
import { reasonOf } from './failures.js';
import {
  DAY_PROGRESS,
  type DayPlan,
  type DayProgress,
  dayStatusQuery,
  type FailedBatches,
  type IngestDayInput,
  NO_TOTALS,
  type Totals,
} from './messages.js';
import { counted } from './numbers.js';
import { addTotals } from './totals.js';

/** More failures than this say nothing new, and a payload has its limit. */
const FAILURES_KEPT = 20;

export const dayProgressSignal = defineSignal<[DayProgress]>(DAY_PROGRESS);

/** Returns what was committed. Fails at the end, with the reasons, when a batch failed; what succeeded is committed. */
export async function ingestDay(input: IngestDayInput): Promise<DayProgress> {
  const { config, day, filter, run, groupBatches, retry } = input;
  const { planning, committing } = activitiesOf(retry);
  let plan: DayPlan | undefined = input.carried?.plan;
  let totals: Totals = input.carried?.totals ?? NO_TOTALS;
  const failed: FailedBatches = { count: 0, reasons: [], ...input.carried?.failed };
  const progress = (): DayProgress => ({ day, planned: { files: plan?.files ?? 0, bytes: plan?.bytes ?? 0 }, totals });
  setHandler(dayStatusQuery, progress);

  if (plan === undefined) {
    const sources = input.sources ?? (await planning.discover({ config, filter })).address;
    plan = await planning.planDay({
      config,
      day,
      sources,
      filter,
      groupBatches,
      retryQuarantined: input.retryQuarantined,
    });
  }
  await report(progress(), failed);

  let group = input.carried?.nextGroup ?? 0;
  for (; group * groupBatches < plan.batches; group++) {
    if (workflowInfo().continueAsNewSuggested) {
      await continueAsNew<typeof ingestDay>({ ...input, carried: { plan, nextGroup: group, totals, failed } });
    }
    const first = group * groupBatches;
    const results = await ingestGroup(input, plan, first, Math.min(first + groupBatches, plan.batches), failed);
    if (results.length > 0) {
      totals = addTotals(
        totals,
        await committing.commit({ config, plan: plan.address, since: plan.ledgerSequence, group, day, run, results }),
      );
    }
    await report(progress(), failed);
  }
  if (failed.count > 0) {
    throw ApplicationFailure.nonRetryable(
      `${counted(failed.count, 'batch', 'batches')} failed. ${failed.reasons.join(' · ')}`,
      'DayIncomplete',
      progress(),
    );
  }
  return progress();
}

/** Runs the batches `first .. end`, some at a time. One that fails is noted and does not stop the others. */
async function ingestGroup(
  input: IngestDayInput,
  plan: DayPlan,
  first: number,
  end: number,
  failed: FailedBatches,
): Promise<string[]> {
  const { config, run, retry } = input;
  const { ingesting } = activitiesOf(retry);
  const results: string[] = [];
  let next = first;
  const oneAfterAnother = async (): Promise<void> => {
    while (next < end) {
      const index = next++;
      try {
        const batch = await ingesting.ingestBatch({ config, plan: plan.address, index, run });
        results.push(batch.result);
      } catch (error) {
        if (isCancellation(error)) throw error;
        failed.count++;
        if (failed.reasons.length < FAILURES_KEPT)
          failed.reasons.push(`batch ${index + 1} of ${plan.batches}: ${reasonOf(error)}`);
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.max(1, input.batchesInFlight) }, oneAfterAnother));
  // Only a cancellation gets here; by now every batch has stopped.
  for (const lane of lanes) if (lane.status === 'rejected') throw lane.reason;
  return results;
}

/** Tells the UI, and the backfill that started this day, if it is still there. */
async function report(progress: DayProgress, failed: FailedBatches): Promise<void> {
  setCurrentDetails(dayDetails(progress, failed));
  const { parent } = workflowInfo();
  if (parent === undefined) return;
  try {
    await CancellationScope.nonCancellable(() =>
      getExternalWorkflowHandle(parent.workflowId).signal(dayProgressSignal, progress),
    );
  } catch {
    // The backfill has ended without waiting: it was terminated. The day goes on by itself.
  }
}
