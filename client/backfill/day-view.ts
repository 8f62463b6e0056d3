/** The days of a backfill as a person sees them: what the backfill says, and what the server's list of its days says. Pure. */
import { countDays, fromDayNumber, toDayNumber } from '../../protocol/days.js';
import type { DayCounts } from '../../protocol/messages.js';
import type { BackfillView } from './view.js';

/** `waiting`: another run works on it. `unknown`: it was begun, and nobody remembers how it ended. */
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
  /** Of its workflow; `null` where the server has none of this backfill. */
  id: string | null;
  runId: string | null;
  /** ISO 8601, UTC. */
  startedAt: string | null;
  closedAt: string | null;
  /** `null`: not known. */
  counts: DayCounts | null;
  /** Why it failed. */
  error: string | null;
  /** The page of this run. */
  ui: string | null;
}

/** A day as the server lists it. */
export type ListedDay = Omit<DayView, 'state' | 'error'> & { state: Exclude<DayState, 'waiting' | 'not begun'> };

/**
 * All days of the range, in order. The list lags behind, and forgets what is older than the namespace's retention: what the
 * backfill says goes first, and it hands its days out in order.
 */
export function mergeDays(view: BackfillView, listed: ReadonlyMap<string, ListedDay>): DayView[] {
  const { from, to } = view;
  if (from === null || to === null) return [...listed.values()].map((one) => ({ ...one, error: null }));
  const errors = new Map(view.failures.map(({ day, error }) => [day, error]));
  const days = Array.from({ length: countDays(from, to) }, (_, n): DayView => {
    const day = fromDayNumber(toDayNumber(from) + n);
    const known = listed.get(day) ?? NOTHING_KNOWN;
    return { ...known, day, state: stateOf(view, errors, day, listed.get(day)), error: errors.get(day) ?? null };
  });
  return withForgotten(view, days);
}

const NOTHING_KNOWN = { id: null, runId: null, startedAt: null, closedAt: null, counts: null, ui: null };

function stateOf(
  { state, days }: BackfillView,
  errors: ReadonlyMap<string, string>,
  day: string,
  listed: ListedDay | undefined,
): DayState {
  // One that was ended by force remembers days as they were then.
  if (state === 'running' && days !== null) {
    if (days.running.includes(day)) return 'running';
    if (days.waiting.includes(day)) return 'waiting';
    if (listed?.state === 'running') return errors.has(day) ? 'failed' : 'done';
  }
  return listed?.state ?? (errors.has(day) ? 'failed' : 'not begun');
}

/** Days that the server does not list, or not any more: the first ones of them are those that the backfill has counted. */
function withForgotten({ state, days: counts }: BackfillView, days: readonly DayView[]): DayView[] {
  const isDone = state === 'completed';
  const begun = days.findLastIndex((one) => one.state !== 'not begun');
  const listed = (wanted: DayState): number => days.filter((one) => one.state === wanted).length;
  let done = isDone ? days.length : (counts?.done ?? 0) - listed('done');
  // More failures than are kept: then nobody can tell the two apart.
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

/** What `--days` takes. */
export const DAY_CHOICES = ['failed', 'running', 'all'] as const;
/** Which days are shown. */
export type DayChoice = (typeof DAY_CHOICES)[number];

/** Days that need a person's attention are always shown, of the others so many: the last ones. */
const MOST_OTHERS = 31;

/** The days that are shown, and how many are not. */
export interface ShownDays {
  days: DayView[];
  /** How many are not shown, by their state. */
  leftOut: Partial<Record<DayState, number>>;
}

/** The days that are shown: those that are asked for; else the last month, all that failed and all that are at work. */
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

/** It has ended without being done. */
export function isFailed(state: DayState): boolean {
  return state === 'failed' || state === 'cancelled' || state === 'terminated' || state === 'timed out';
}

function isUnderWay(state: DayState): boolean {
  return state === 'running' || state === 'waiting';
}
