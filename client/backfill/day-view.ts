/** The days of a backfill for display, merged from the status of the backfill and the server's list of its days. Pure. */
import { countDays, fromDayNumber, toDayNumber } from '../../protocol/days.js';
import type { DayCounts } from '../../protocol/messages.js';
import type { BackfillView } from './view.js';

/** `waiting`: another run is processing the day. `unknown`: it was started, and its result is no longer known. */
type DayState =
  | 'done'
  | 'running'
  | 'waiting'
  | 'failed'
  | 'cancelled'
  | 'terminated'
  | 'timed out'
  | 'not begun'
  | 'unknown';

/** One day of `backfill status`; also its JSON. */
export interface DayView {
  /** `YYYY-MM-DD` (UTC). */
  day: string;
  state: DayState;
  /** The id of its workflow; `null` if the server has none for this backfill. */
  id: string | null;
  runId: string | null;
  /** ISO 8601, UTC. */
  startedAt: string | null;
  closedAt: string | null;
  /** `null`: not known. */
  counts: DayCounts | null;
  /** Why it failed. */
  error: string | null;
  /** The URL of this run in the UI. */
  ui: string | null;
}

/** A day as the server lists it. */
export type ListedDay = Omit<DayView, 'state' | 'error'> & { state: Exclude<DayState, 'waiting' | 'not begun'> };

/**
 * All days of the range, in order. The list is eventually consistent and lacks what is older than the namespace's retention, so
 * the status of the backfill takes precedence. A backfill starts its days in order.
 */
export function mergeDays(view: BackfillView, listed: ReadonlyMap<string, ListedDay>): DayView[] {
  const { from, to } = view;
  if (from === null || to === null) return [...listed.values()].map((one) => ({ ...one, error: null }));
  const errors = new Map(view.failures.map(({ day, error }) => [day, error]));
  const days = Array.from({ length: countDays(from, to) }, (_, n): DayView => {
    const day = fromDayNumber(toDayNumber(from) + n);
    const known = listed.get(day) ?? UNKNOWN;
    return { ...known, day, state: dayStateOf(view, errors, day, listed.get(day)), error: errors.get(day) ?? null };
  });
  return withUnlisted(view, days);
}

const UNKNOWN = { id: null, runId: null, startedAt: null, closedAt: null, counts: null, ui: null };

function dayStateOf(
  { state, days }: BackfillView,
  errors: ReadonlyMap<string, string>,
  day: string,
  listed: ListedDay | undefined,
): DayState {
  // The status of a terminated backfill is that of the moment of its termination.
  if (state === 'running' && days !== null) {
    if (days.running.includes(day)) return 'running';
    if (days.waiting.includes(day)) return 'waiting';
    if (listed?.state === 'running') return errors.has(day) ? 'failed' : 'done';
  }
  return listed?.state ?? (errors.has(day) ? 'failed' : 'not begun');
}

/** Sets the state of days that the server does not list: the first ones are those that the backfill counts as done. */
function withUnlisted({ state, days: counts }: BackfillView, days: readonly DayView[]): DayView[] {
  const isDone = state === 'completed';
  const begun = days.findLastIndex((one) => one.state !== 'not begun');
  const listed = (wanted: DayState): number => days.filter((one) => one.state === wanted).length;
  let done = isDone ? days.length : (counts?.done ?? 0) - listed('done');
  // More days failed than the backfill names, so done and failed days cannot be told apart.
  const mixed = !isDone && counts !== null && counts.failed > listed('failed');
  return days.map((one, n) => {
    if (one.state !== 'not begun') return one;
    if (done > 0 && !mixed) {
      done--;
      return { ...one, state: 'done' };
    }
    return n < begun && (mixed || counts === null) ? { ...one, state: 'unknown' } : one;
  });
}

/** The values of `--days`. */
export const DAY_CHOICES = ['failed', 'running', 'all'] as const;
/** Which days are shown. */
export type DayChoice = (typeof DAY_CHOICES)[number];

/** Failed days and days in progress are always shown; of the others, the last ones up to this number. */
const MOST_OTHERS = 31;

/** The days to show, and how many are not shown. */
export interface ShownDays {
  days: DayView[];
  /** How many are not shown, by their state. */
  leftOut: Partial<Record<DayState, number>>;
}

/** The days to show: the requested ones; by default the last month, and all that failed or are in progress. */
export function chooseDays(days: readonly DayView[], choice: DayChoice | undefined): ShownDays {
  const rest = days.filter(({ state }) => !isFailed(state) && !isUnderWay(state));
  const begun = rest.filter(({ state }) => state !== 'not begun');
  const last = new Set(days.length <= MOST_OTHERS ? rest : begun.slice(-MOST_OTHERS));
  const isShown = (one: DayView): boolean => {
    if (choice === 'all') return true;
    if (choice === 'failed') return isFailed(one.state);
    if (choice === 'running') return isUnderWay(one.state);
    return isFailed(one.state) || isUnderWay(one.state) || last.has(one);
  };
  const leftOut: ShownDays['leftOut'] = {};
  for (const one of days) if (!isShown(one)) leftOut[one.state] = (leftOut[one.state] ?? 0) + 1;
  return { days: days.filter(isShown), leftOut };
}

/** True if the day has ended without being done. */
export function isFailed(state: DayState): boolean {
  return state === 'failed' || state === 'cancelled' || state === 'terminated' || state === 'timed out';
}

function isUnderWay(state: DayState): boolean {
  return state === 'running' || state === 'waiting';
}
