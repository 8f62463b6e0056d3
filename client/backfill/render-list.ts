/** Renders the list of backfills, and the first lines of `backfill start`. */

import { duration } from '../../text/numbers.js';
import { allPrintable, printable } from '../../text/printable.js';
import { moment } from '../terminal/numbers.js';
import { renderTable, type TextColumn } from '../terminal/table.js';
import type { DayView } from './day-view.js';
import { stateText } from './render.js';
import type { ListedBackfill } from './view.js';

/** A day of `backfill list --days`; also its JSON. */
export type ListedDayOfAny = DayView & {
  /** Id of the workflow that started it. */
  backfill: string | null;
};

/** What `backfill list --days` prints. */
export function renderDayList(days: readonly ListedDayOfAny[], width?: number): string {
  if (days.length === 0) return 'No matching days.';
  const rows = allPrintable(days).map(({ day, state, backfill, ui, error }) => [
    day,
    state,
    backfill ?? '',
    error ?? '',
    ui ?? '',
  ]);
  const columns: readonly TextColumn[] = [
    { name: 'day', narrow: 'keep' },
    { name: 'state', narrow: 'keep' },
    { name: 'backfill' },
    { name: 'reason', narrow: 'keep' },
    // A URL is of no use if it is shortened.
    { name: 'page', narrow: 'drop' },
  ];
  return renderTable(columns, rows, 0, undefined, width);
}

/** What `backfill list` prints, in the given order. `now`: milliseconds since the epoch. */
export function renderList(
  backfills: readonly ListedBackfill[],
  now: number,
  filtered: boolean,
  width?: number,
): string {
  if (backfills.length === 0) {
    if (filtered) return 'No matching backfills.';
    return 'No backfills yet. Start one: trailmill backfill start --from 2023-07-10 --to 2023-07-12';
  }
  const rows = allPrintable(backfills).map((one) => {
    const end = one.closedAt === null ? now : Date.parse(one.closedAt);
    return [one.id, stateText(one), moment(one.startedAt), duration((end - Date.parse(one.startedAt)) / 1000)];
  });
  // An id is copied, so it is shortened only if nothing else helps.
  const columns: readonly TextColumn[] = [
    { name: 'id', narrow: 'keep' },
    { name: 'state', narrow: 'keep' },
    { name: 'started', narrow: 'keep' },
    { name: 'took', align: 'right', narrow: 'drop' },
  ];
  return renderTable(columns, rows, 0, undefined, width);
}

/** What `backfill start` prints first. */
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

/** The command that resumes a paused backfill. */
export function renderResume(id: string): string {
  return `  resume      trailmill backfill resume '${printable(id)}'`;
}

/** The command that follows a backfill. */
export function renderFollow(id: string): string {
  return `  follow      trailmill backfill status '${printable(id)}' --watch`;
}
