/** The workflow `ingestDay`: plans one delivery day of a log source, then ingests groups of batches and commits each group. */
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
import { beforeNextPlan, progressOf } from './day-progress.js';
import { reasonOf } from './failures.js';
import { withStatusAttribute } from './status-attribute.js';
import { batchSummary, commitSummary } from './ui/activity-summaries.js';
import { dayDetails } from './ui/details.js';
import { dayStep } from './ui/next-step.js';
import { RateMeter } from './ui/rate.js';

/** Maximum failures in the result. More would not add information, and payloads are limited in size. */
const FAILURES_KEPT = 20;

/** The state of the day. `plan` is absent until the day is planned, and when its plan is outdated. */
type Day = Omit<CarriedDay, 'plan'> & Pick<IngestDayInput, 'control'> & { plan?: DayPlan };

/** Returns what was committed. Fails at the end, with the reasons, if a batch failed; the other batches are committed. */
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
      // Continue-as-new does not keep the memo by default.
      const continueWithMemo = makeContinueAsNewFunc<typeof ingestDay>({ memo: workflowInfo().memo });
      await continueWithMemo({ ...input, control, carried: { ...carried, plan } });
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

function detailsOf({ day: name, groupBatches }: IngestDayInput, day: Day, meter: RateMeter): string {
  const { plan, nextGroup, failed, control } = day;
  const progress = progressOf(name, day);
  const alone = { total: 1, done: 0, failed: 0, running: [name] };
  const startedAt = workflowInfo().startTime.getTime();
  const rate = meter.measure({ startedAt, paused: control.paused, days: alone, ...progress }, Date.now());
  const step = dayStep({ plan, nextGroup, groupBatches, failed: failed.count, paused: control.paused });
  return dayDetails({ ...progress, control }, failed, step, rate);
}

/** Returns the memo of a day with the given progress. */
export function dayMemo(
  { day, run, visibility }: Pick<IngestDayInput, 'day' | 'run'> & { visibility: Visibility },
  progress: Pick<DayProgress, 'planned' | 'totals' | 'known'>,
): DayMemo {
  return { day, run, version: visibility.version, counts: dayCounts(progress) };
}

/** Waits while the day is paused. A paused day starts nothing: no listing, no batch and no commit. */
function unlessPaused(day: Day): Promise<void> {
  return condition(() => !day.control.paused);
}

async function planDay(input: IngestDayInput, day: Day): Promise<DayPlan> {
  const { config, filter, retryQuarantined, reprocess, groupBatches } = input;
  const { planning } = activitiesOf(input.retry);
  await unlessPaused(day);
  const sources = input.sources ?? (await planning.discover({ config, filter })).address;
  await unlessPaused(day);
  const { fresh } = day;
  const how = { retryQuarantined, groupBatches, fresh, ...(reprocess === undefined ? {} : { reprocess }) };
  const planInput = { config, day: input.day, sources, filter, ...how };
  const plan = await planning.planDay.executeWithOptions({ summary: `plan ${input.day}` }, [planInput]);
  Object.assign(day, { plan, nextGroup: plan.nextGroup, ignored: plan.ignored });
  return plan;
}

/** Discards the plan. The next one includes everything that is not in the ledger, so failed batches are tried again. */
function planAgain(day: Day): void {
  const failed: FailedBatches = { count: 0, reasons: [] };
  Object.assign(day, { plan: undefined, nextGroup: 0, before: beforeNextPlan(day.totals), fresh: true, failed });
}

/** Ingests the next group of batches, and commits those that did not fail. */
async function ingestGroup(input: IngestDayInput, day: Day, plan: DayPlan): Promise<void> {
  const { config, run, groupBatches } = input;
  const { committing } = activitiesOf(input.retry);
  const group = day.nextGroup;
  const first = group * groupBatches;
  const results = await ingestBatches(input, day, plan, first, Math.min(first + groupBatches, plan.batches));
  if (results === 'outdated') {
    planAgain(day);
    return;
  }
  if (results.length > 0) {
    await unlessPaused(day);
    const { address, ledgerSequence: since } = plan;
    const groups = Math.ceil(plan.batches / groupBatches);
    try {
      const replaces = input.reprocess === undefined ? {} : { replaces: true };
      const commit = { config, plan: address, since, group, groups, day: input.day, run, results, ...replaces };
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

/**
 * Ingests the batches `first .. end` concurrently, and returns the addresses of their results. One that fails is recorded and does
 * not stop the others. Returns `outdated` if another run has finished or replaced the plan, which is then removed.
 */
async function ingestBatches(
  input: IngestDayInput,
  day: Day,
  plan: DayPlan,
  first: number,
  end: number,
): Promise<string[] | 'outdated'> {
  const { config, run } = input;
  const { ingesting } = activitiesOf(input.retry);
  const results: string[] = [];
  let next = first;
  let outdated = false;
  const ingestNext = async (): Promise<void> => {
    const place = next++;
    const index = plan.order?.[place] ?? place;
    try {
      const summary = batchSummary(input.day, plan, index);
      const batch = { config, plan: plan.address, index, run };
      results.push((await ingesting.ingestBatch.executeWithOptions({ summary }, [batch])).result);
    } catch (error) {
      if (CancellationScope.current().consideredCancelled) throw error;
      if (isOutdated(error)) outdated = true;
      else addFailure(day.failed, `batch ${index + 1} of ${plan.batches}: ${reasonOf(error)}`);
    }
  };
  await runConcurrently({
    hasMore: () => next < end && !outdated,
    limit: () => (day.control.paused ? 0 : day.control.batchesInFlight),
    start: ingestNext,
  });
  return outdated ? 'outdated' : results;
}

function addFailure(failed: FailedBatches, reason: string): void {
  failed.count++;
  if (failed.reasons.length < FAILURES_KEPT) failed.reasons.push(reason);
}

/** Reports the progress in the UI's details, in the memo for lists, and to the backfill that started this day, if any. */
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
    // The backfill was terminated, so it did not wait for its days. This day continues on its own.
  }
}
