/** The list of backfills, and what `backfill start` says. */

import { duration } from '../../text/numbers.js';
import { allPrintable, printable } from '../../text/printable.js';
import { moment } from '../terminal/numbers.js';
import { renderTable } from '../terminal/table.js';
import type { DayView } from './day-view.js';
import { stateText } from './render.js';
import type { BackfillState } from './view.js';

/** One backfill of `backfill list`; also its JSON. */
export interface ListedBackfill {
  id: string;
  runId: string;
  state: BackfillState;
  paused: boolean;
  pausedReason: string | null;
  from: string | null;
  to: string | null;
  /** ISO 8601, UTC. */
  startedAt: string;
  closedAt: string | null;
  ui: string | null;
}

/** A day of `backfill list --days`; also its JSON. */
export type ListedDayOfAny = DayView & {
  /** Id of the workflow that asked for it. */
  backfill: string | null;
};

/** By their days; the reason is the last but one, for it may be long. */
export function renderDayList(days: readonly ListedDayOfAny[]): string {
  if (days.length === 0) return 'No such days.';
  const rows = allPrintable(days).map(({ day, state, backfill, ui, error }) => [
    day,
    state,
    backfill ?? '',
    error ?? '',
    ui ?? '',
  ]);
  return renderTable(
    ['day', 'state', 'backfill', 'reason', 'page'].map((name) => ({ name })),
    rows,
  );
}

/** Newest first, as they come. */
export function renderList(backfills: readonly ListedBackfill[], now: number, filtered: boolean): string {
  if (backfills.length === 0) {
    if (filtered) return 'No such backfills.';
    return 'No backfills yet. Start one: trailmill backfill start --from 2023-07-10 --to 2023-07-12';
  }
  const rows = allPrintable(backfills).map((one) => {
    const end = one.closedAt === null ? now : Date.parse(one.closedAt);
    return [one.id, stateText(one), moment(one.startedAt), duration((end - Date.parse(one.startedAt)) / 1000)];
  });
  return renderTable([{ name: 'id' }, { name: 'state' }, { name: 'started' }, { name: 'took', align: 'right' }], rows);
}

/** What `backfill start` prints before anything else happens. */
export function renderStarted(
  given: { id: string; attached: boolean; paused: boolean; ui: string | null },
  days: number,
): string {
  const started = allPrintable(given);
  const what = started.attached
    ? started.paused
      ? `${started.id} is already running, and paused: attached to it.\n${renderResume(started.id)}`
      : `${started.id} is already running: attached to it.`
    : `Started ${started.id} (${days === 1 ? '1 day' : `${days} days`}).`;
  return started.ui === null ? what : `${what}\n  UI          ${started.ui}`;
}

/** How to go on with one that is paused. */
export function renderResume(id: string): string {
  return `  go on       trailmill backfill resume '${printable(id)}'`;
}

/** How to go on watching a backfill that runs without this terminal. */
export function renderFollow(id: string): string {
  return `  follow      trailmill backfill status '${printable(id)}' --watch`;
}
