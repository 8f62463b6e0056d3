/** One delivery day of one log source: plan, then groups of batches, a commit after each group. */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  makeContinueAsNewFunc,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import {
  addTotals,
  type CarriedDay,
  type DayMemo,
  type DayPlan,
  type DayProgress,
  type DayStatus,
  dayControlSignal,
  dayCounts,
  dayProgressSignal,
  dayStatusQuery,
  type FailedBatches,
  type IngestDayInput,
  NO_TOTALS,
  PLAN_OUTDATED,
  type Visibility,
} from '../protocol/messages.js';
import type { WorkflowStatus } from '../protocol/search-attributes.js';
import { counted } from '../text/numbers.js';
import { activitiesOf } from './activity-options.js';
import { runConcurrently } from './concurrency.js';
import { reasonOf } from './failures.js';
import { withStatusAttribute } from './status-attribute.js';
import { batchSummary, commitSummary } from './ui/activity-summaries.js';
import { dayDetails } from './ui/details.js';
import { dayStep } from './ui/next-step.js';
import { RateMeter } from './ui/rate.js';

/** More failures than this say nothing new, and a payload has its limit. */
const FAILURES_KEPT = 20;

/** A day under way. The plan is missing until it is made, and again when it does not hold any more. */
type Day = Omit<CarriedDay, 'plan'> & Pick<IngestDayInput, 'control'> & { plan?: DayPlan };

/** Returns what was committed. Fails at the end, with the reasons, when a batch failed; what succeeded is committed. */
export function ingestDay(input: IngestDayInput): Promise<DayProgress> {
  return withStatusAttribute(input, (setStatus) => ingest(input, setStatus));
}

async function ingest(input: IngestDayInput, setStatus: (status: WorkflowStatus) => void): Promise<DayProgress> {
  const day: Day = {
    nextGroup: 0,
    totals: NO_TOTALS,
    before: { files: 0, bytes: 0 },
    fresh: false,
    failed: { count: 0, reasons: [] },
    ...input.carried,
    control: input.control,
  };
  const meter = new RateMeter();
  const status = (): DayStatus => ({ ...progressOf(input.day, day), control: day.control });
  const show = (): void => {
    setCurrentDetails(detailsOf(input, day, meter));
    setStatus(day.control.paused ? 'paused' : 'running');
  };
  setHandler(dayStatusQuery, status);
  setHandler(dayControlSignal, (control) => {
    day.control = control;
    show();
  });
  show();

  for (;;) {
    const plan = day.plan ?? (await planDay(input, day));
    await report(input, day, meter);
    if (day.nextGroup * input.groupBatches >= plan.batches) {
      if (!plan.resumed) break;
      planAgain(day);
      continue;
    }
    if (workflowInfo().continueAsNewSuggested) {
      const { control, ...carried } = day;
      // The memo does not come along by itself.
      const asNew = makeContinueAsNewFunc<typeof ingestDay>({ memo: workflowInfo().memo });
      await asNew({ ...input, control, carried: { ...carried, plan } });
    }
    await ingestGroup(input, day, plan);
  }
  const { failed } = day;
  if (failed.count > 0) {
    throw ApplicationFailure.nonRetryable(
      `${counted(failed.count, 'batch', 'batches')} failed. ${failed.reasons.join(' · ')}`,
      'DayIncomplete',
      progressOf(input.day, day),
    );
  }
  return progressOf(input.day, day);
}

function progressOf(day: string, { before, plan, totals, ignored }: Day): DayProgress {
  return {
    day,
    planned: { files: before.files + (plan?.files ?? 0), bytes: before.bytes + (plan?.bytes ?? 0) },
    totals,
    ...(ignored === undefined ? {} : { ignored }),
  };
}

function detailsOf({ day: name, groupBatches }: IngestDayInput, day: Day, meter: RateMeter): string {
  const { plan, nextGroup, failed, control } = day;
  const progress = progressOf(name, day);
  const alone = { total: 1, done: 0, failed: 0, running: [name] };
  const rate = meter.measure({ startedAt: workflowInfo().startTime.getTime(), days: alone, ...progress }, Date.now());
  const step = dayStep({ plan, nextGroup, groupBatches, failed: failed.count, paused: control.paused });
  return dayDetails({ ...progress, control }, failed, step, rate);
}

/** The memo of a day that is so far. */
export function dayMemo(
  { day, run, visibility }: Pick<IngestDayInput, 'day' | 'run'> & { visibility: Visibility },
  progress: Pick<DayProgress, 'planned' | 'totals'>,
): DayMemo {
  return { day, run, version: visibility.version, counts: dayCounts(progress) };
}

/** A paused day begins nothing: no listing, no batch and no commit. */
function unlessPaused(day: Day): Promise<void> {
  return condition(() => !day.control.paused);
}

async function planDay(input: IngestDayInput, day: Day): Promise<DayPlan> {
  const { config, filter, retryQuarantined, groupBatches } = input;
  const { planning } = activitiesOf(input.retry);
  await unlessPaused(day);
  const sources = input.sources ?? (await planning.discover({ config, filter })).address;
  await unlessPaused(day);
  const { fresh } = day;
  const asked = { config, day: input.day, sources, filter, retryQuarantined, groupBatches, fresh };
  const plan = await planning.planDay.executeWithOptions({ summary: `plan ${input.day}` }, [asked]);
  Object.assign(day, { plan, nextGroup: plan.nextGroup, ignored: plan.ignored });
  return plan;
}

/** The next plan has all that is not in the ledger, what has failed so far too: those batches get another chance. */
function planAgain(day: Day): void {
  const { files, bytes } = day.totals;
  const failed: FailedBatches = { count: 0, reasons: [] };
  Object.assign(day, { plan: undefined, nextGroup: 0, before: { files, bytes }, fresh: true, failed });
}

/** The next group: its batches, then the commit of those that did not fail. */
async function ingestGroup(input: IngestDayInput, day: Day, plan: DayPlan): Promise<void> {
  const { config, run, groupBatches } = input;
  const { committing } = activitiesOf(input.retry);
  const group = day.nextGroup;
  const first = group * groupBatches;
  const results = await ingestBatches(input, day, plan, first, Math.min(first + groupBatches, plan.batches));
  if (results.length > 0) {
    await unlessPaused(day);
    const { address, ledgerSequence: since } = plan;
    try {
      const commit = { config, plan: address, since, group, day: input.day, run, results };
      const committed = await committing.commit.executeWithOptions({ summary: commitSummary(group, results.length) }, [
        commit,
      ]);
      day.totals = addTotals(day.totals, committed);
    } catch (error) {
      if (!isOutdated(error)) throw error;
      planAgain(day);
      return;
    }
  }
  day.nextGroup++;
}

function isOutdated(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false;
  const { cause } = error;
  return cause instanceof ApplicationFailure && cause.type === PLAN_OUTDATED;
}

/** Runs the batches `first .. end`, some at a time. One that fails is noted and does not stop the others. */
async function ingestBatches(
  input: IngestDayInput,
  day: Day,
  plan: DayPlan,
  first: number,
  end: number,
): Promise<string[]> {
  const { config, run } = input;
  const { ingesting } = activitiesOf(input.retry);
  const results: string[] = [];
  let next = first;
  const ingestNext = async (): Promise<void> => {
    const place = next++;
    const index = plan.order?.[place] ?? place;
    try {
      const summary = batchSummary(input.day, plan, index);
      const batch = { config, plan: plan.address, index, run };
      results.push((await ingesting.ingestBatch.executeWithOptions({ summary }, [batch])).result);
    } catch (error) {
      if (CancellationScope.current().consideredCancelled) throw error;
      addFailure(day.failed, `batch ${index + 1} of ${plan.batches}: ${reasonOf(error)}`);
    }
  };
  await runConcurrently({
    more: () => next < end,
    limit: () => (day.control.paused ? 0 : day.control.batchesInFlight),
    begin: ingestNext,
  });
  return results;
}

function addFailure(failed: FailedBatches, reason: string): void {
  failed.count++;
  if (failed.reasons.length < FAILURES_KEPT) failed.reasons.push(reason);
}

/** Tells the UI, lists, and the backfill that started this day, if it is still there. */
async function report(input: IngestDayInput, day: Day, meter: RateMeter): Promise<void> {
  const progress = progressOf(input.day, day);
  const { visibility } = input;
  if (visibility !== undefined) upsertMemo({ ...dayMemo({ ...input, visibility }, progress) });
  setCurrentDetails(detailsOf(input, day, meter));
  const { parent } = workflowInfo();
  if (parent === undefined) return;
  try {
    await CancellationScope.nonCancellable(() =>
      getExternalWorkflowHandle(parent.workflowId).signal(dayProgressSignal, progress),
    );
  } catch {
    // The backfill has ended without waiting: it was terminated. The day continues on its own.
  }
}
