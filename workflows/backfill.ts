/** The workflow `backfill`: a sliding window of `ingestDay` children. A day that fails does not stop the others. */
import {
  ApplicationFailure,
  CancellationScope,
  type ChildWorkflowHandle,
  log,
  makeContinueAsNewFunc,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { countDays, nextDay } from '../protocol/days.js';
import {
  addIgnored,
  addKnown,
  addTotals,
  BACKFILL_INCOMPLETE,
  type BackfillInput,
  type BackfillProgress,
  type BackfillResult,
  type BackfillStatus,
  backfillStatusQuery,
  type DayProgress,
  type Discovered,
  dayProgressSignal,
  NO_TOTALS,
} from '../protocol/messages.js';
import { excessiveRejects } from '../protocol/reject-rate.js';
import type { WorkflowStatus } from '../protocol/search-attributes.js';
import { counted } from '../text/numbers.js';
import { activitiesOf } from './activity-options.js';
import { handleControl } from './backfill-control.js';
import { runConcurrently } from './concurrency.js';
import { reasonOf } from './failures.js';
import type { ingestDay } from './ingest-day.js';
import { signalControl, startDay } from './start-day.js';
import { withStatusAttribute } from './status-attribute.js';
import { backfillDetails } from './ui/details.js';
import type { BackfillContext } from './ui/next-step.js';
import { RateMeter } from './ui/rate.js';

/** Maximum failures in the result. More would not add information, and payloads are limited in size. */
const FAILURES_KEPT = 500;

/** A day that has been started. */
interface RunningDay {
  /** True while another run is working on it. */
  waits: boolean;
  child?: ChildWorkflowHandle<typeof ingestDay>;
  progress?: DayProgress;
  /** How much of it is done, from 0 to 1; never decreases, although another plan may add files. */
  share: number;
}

/** Ingests the days of a range. Fails at the end, with its result in the failure's details, if a day failed. */
export function backfill(input: BackfillInput): Promise<BackfillResult> {
  return withStatusAttribute(input, (setStatus) => ingestRange(input, setStatus));
}

async function ingestRange(input: BackfillInput, setStatus: (status: WorkflowStatus) => void): Promise<BackfillResult> {
  const { daysInFlight, batchesInFlight } = input;
  const state: BackfillProgress = input.carried ?? {
    startedAt: Date.now(),
    nextDay: input.from,
    givenBack: [],
    control: { paused: false, daysInFlight, batchesInFlight },
    daysDone: 0,
    daysFailed: 0,
    failures: [],
    totals: NO_TOTALS,
  };
  const underWay = new Map<string, RunningDay>();
  const hasMoreDays = (): boolean => state.givenBack.length > 0 || state.nextDay <= input.to;
  const planned = { files: state.totals.files, bytes: state.totals.bytes };
  const total = countDays(input.from, input.to);
  const meter = new RateMeter();

  const status = (): BackfillStatus => {
    let { totals, ignored, known } = state;
    const over = state.daysDone + state.daysFailed;
    const all = { ...planned, days: over };
    let shares = over;
    for (const { progress, share } of underWay.values()) {
      if (progress === undefined) continue;
      shares += share;
      all.days++;
      known = addKnown(known, progress.known);
      totals = addTotals(totals, progress.totals);
      ignored = addIgnored(ignored, progress.ignored);
      all.files += progress.planned.files;
      all.bytes += progress.planned.bytes;
    }
    const started = [...underWay].sort(([a], [b]) => (a < b ? -1 : 1));
    const running = started.filter(([, { waits }]) => !waits).map(([day]) => day);
    const waiting = started.filter(([, { waits }]) => waits).map(([day]) => day);
    const { from, to } = input;
    const { startedAt, daysDone: done, daysFailed: failed, control, failures } = state;
    const { unknown, unread, unlistedRegions, damaged } = state;
    return {
      from,
      to,
      startedAt,
      days: { total, done, failed, running, waiting },
      control,
      totals,
      planned: all,
      share: shares / total,
      discovered: state.sources !== undefined,
      known,
      failures,
      unknown,
      damaged,
      unread,
      ignored,
      unlistedRegions,
    };
  };
  const show = (): void => {
    const now = status();
    const context: BackfillContext = {
      id: workflowInfo().workflowId,
      filter: input.filter,
      ...(input.reprocess === undefined ? {} : { reprocess: input.reprocess }),
      discovered: state.sources !== undefined,
      day: state.givenBack[0] ?? (state.nextDay <= input.to ? state.nextDay : undefined),
      cancelled: CancellationScope.current().consideredCancelled,
    };
    setCurrentDetails(backfillDetails(now, context, meter.measure({ ...now, paused: now.control.paused }, Date.now())));
    setStatus(statusOf(now));
  };
  CancellationScope.current().cancelRequested.catch(show);
  setHandler(backfillStatusQuery, status);
  setHandler(dayProgressSignal, (progress) => {
    const day = underWay.get(progress.day);
    if (day !== undefined) Object.assign(day, { progress, share: Math.max(day.share, shareOf(progress)) });
    show();
    if (day !== undefined) pauseForRejects();
  });
  const pause = handleControl(state, () => {
    show();
    for (const { child } of underWay.values()) if (child !== undefined) signalControl(child, state.control);
  });
  /** A mistake in a transform rejects every record that it meets, and a rejected record is not read again by itself. */
  const pauseForRejects = (): void => {
    if (state.control.paused || CancellationScope.current().consideredCancelled) return;
    const { totals } = status();
    // What is left to do when everything is committed would not profit from a pause.
    const isLeft = hasMoreDays() || [...underWay.values()].some(hasFilesLeft);
    const excess = isLeft ? excessiveRejects(totals, input.maxRejectRate, state.acceptedRejectRate) : undefined;
    if (excess === undefined) return;
    state.acceptedRejectRate = excess.rate;
    log.warn(`The run pauses: ${excess.reason}.`);
    pause(excess.reason);
  };
  show();

  if (state.sources === undefined) {
    const { address, surprises, unread, unlistedRegions, damaged } = await prepare(input);
    state.sources = address;
    state.unknown = surprises;
    state.unread = unread;
    state.unlistedRegions = unlistedRegions;
    state.damaged = damaged;
    show();
  }

  const addProgress = (progress: DayProgress): void => {
    state.totals = addTotals(state.totals, progress.totals);
    state.ignored = addIgnored(state.ignored, progress.ignored);
    state.known = addKnown(state.known, progress.known);
    planned.files += progress.planned.files;
    planned.bytes += progress.planned.bytes;
  };
  const runDay = async (day: string): Promise<void> => {
    const entry: RunningDay = { waits: false, share: 0 };
    underWay.set(day, entry);
    show();
    try {
      entry.child = await startDay(input, state, day, () => {
        entry.waits = true;
        show();
      });
      if (entry.child === undefined) {
        state.givenBack.push(day);
        return;
      }
      if (entry.waits) {
        entry.waits = false;
        show();
      }
      addProgress(await entry.child.result());
      state.daysDone++;
    } catch (error) {
      if (CancellationScope.current().consideredCancelled) throw error;
      // Include what the day committed before it failed.
      if (entry.progress !== undefined) addProgress(entry.progress);
      state.daysFailed++;
      if (state.failures.length < FAILURES_KEPT) state.failures.push({ day, error: reasonOf(error) });
    } finally {
      underWay.delete(day);
      show();
    }
  };
  const takeDay = (): string => {
    const again = state.givenBack.shift();
    if (again !== undefined) return again;
    const day = state.nextDay;
    state.nextDay = nextDay(day);
    return day;
  };
  await runConcurrently({
    hasMore: () => hasMoreDays() && !workflowInfo().continueAsNewSuggested,
    limit: () => (state.control.paused ? 0 : state.control.daysInFlight),
    start: () => runDay(takeDay()),
  });
  // Continue-as-new does not keep the memo by default.
  const continueWithMemo = makeContinueAsNewFunc<typeof backfill>({ memo: workflowInfo().memo });
  if (hasMoreDays()) await continueWithMemo({ ...input, carried: state });

  const { startedAt, totals, failures, daysDone: done, daysFailed: failed } = state;
  const { unknown, unread, ignored, unlistedRegions, damaged, known } = state;
  const days = { total, done, failed };
  const found = { unknown, unread, ignored, unlistedRegions, damaged, known };
  const result: BackfillResult = { from: input.from, to: input.to, startedAt, days, totals, failures, ...found };
  if (failed === 0 && damaged === undefined) return result;
  if (failed === 0)
    throw ApplicationFailure.nonRetryable(
      `All days are ingested, but table files are damaged. ${damaged?.join(' · ')}`,
      BACKFILL_INCOMPLETE,
      result,
    );
  const named = failures.slice(0, 5).map(({ day, error }) => `${day}: ${error}`);
  throw ApplicationFailure.nonRetryable(
    `${failed} of ${counted(total, 'day')} failed. ${named.join(' · ')}`,
    BACKFILL_INCOMPLETE,
    result,
  );
}

/** True for a day that has not been planned yet, too. */
function hasFilesLeft({ progress }: RunningDay): boolean {
  return progress === undefined || progress.totals.files < progress.planned.files;
}

/** How much of a day is done, from 0 to 1. */
function shareOf({ planned, totals }: DayProgress): number {
  const [done, all] = planned.bytes > 0 ? [totals.bytes, planned.bytes] : [totals.files, planned.files];
  return all === 0 ? 0 : Math.min(1, done / all);
}

function statusOf({ control, days }: BackfillStatus): WorkflowStatus {
  if (control.paused) return 'paused';
  return days.running.length === 0 && days.waiting.length > 0 ? 'waiting' : 'running';
}

/**
 * Before the first day: completes the commits that earlier runs left incomplete, and lists the accounts, kinds and
 * regions of the bucket.
 */
async function prepare({ config, filter, retry, from, to }: BackfillInput): Promise<Discovered> {
  const { planning, committing } = activitiesOf(retry);
  await committing.completeCommits({ config });
  return planning.discover({ config, filter, range: { from, to }, checkTables: true });
}
