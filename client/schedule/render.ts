/** Renders schedules. Pure. */
import { type Rhythm, rhythmText } from '../../config/rhythm.js';
import { count, counted, duration } from '../../text/numbers.js';
import { allPrintable } from '../../text/printable.js';
import type { ListedRun } from '../backfill/view.js';
import { moment } from '../terminal/numbers.js';
import { labeled, renderTable, type TextColumn } from '../terminal/table.js';
import type { PlannedChange } from './compare.js';
import type { ScheduleView } from './view.js';

const NONE = 'No schedules yet. Create those in temporal.yaml: trailmill schedule apply';
const OUTDATED = 'differs from the files: trailmill schedule apply';

/** What `--dry-run` shows for a schedule. */
interface DrySchedule {
  name: string;
  rhythm: Rhythm;
  timeZone: string;
  jitterSeconds: number;
  lookBackDays: number;
  /** ISO 8601, UTC. */
  next: string[];
}

/** What `schedule apply --dry-run` prints. `changes`: empty if the server could not be asked. */
export function renderDryRun(schedules: readonly DrySchedule[], changes: readonly PlannedChange[]): string {
  const changed = allPrintable(changes).flatMap((one) => [
    `${one.id}: ${WOULD[one.would]}`,
    ...one.changes.map(changeText),
  ]);
  const times = allPrintable(schedules).flatMap(({ name, rhythm, timeZone, jitterSeconds, lookBackDays, next }) => [
    `${name}: ${rhythmText(rhythm, timeZone)}, ${lookBackText(lookBackDays)}`,
    ...next.map((time) => `  ${moment(time)}`),
    ...(jitterSeconds > 0 ? [`  each up to ${duration(jitterSeconds)} later`] : []),
  ]);
  return [...changed, ...(changed.length > 0 ? [''] : []), ...times, 'Nothing was changed.'].join('\n');
}

const WOULD: Readonly<Record<PlannedChange['would'], string>> = {
  create: 'would be created',
  update: 'would be updated',
  delete: 'would be deleted',
  keep: 'would not change',
};

function changeText({ what, from, to }: PlannedChange['changes'][number]): string {
  return from === null && to === null
    ? `  ${what} differs`
    : labeled(what, `${from ?? 'unknown'} → ${to ?? 'unknown'}`);
}

/** What `schedule apply` prints. */
export function renderApplied(applied: readonly { id: string; done: string; ui: string | null }[]): string {
  const lines = allPrintable(applied).map(
    ({ id, done, ui }) => `${id}: ${done}${ui === null || done === 'deleted' ? '' : `\n  UI          ${ui}`}`,
  );
  return [...lines, '  details     trailmill schedule describe'].join('\n');
}

/** What `schedule list` prints. `now`: milliseconds since the epoch. */
export function renderSchedules(given: readonly ScheduleView[], now: number, width?: number): string {
  const views = allPrintable(given);
  if (views.length === 0) return NONE;
  const rows = views.map((view) => [
    view.id,
    stateText(view),
    view.rhythm === null ? '' : rhythmText(view.rhythm, view.timeZone),
    view.next.length === 0 ? '' : `${moment(view.next[0])} (${timeUntil(view.next[0], now)})`,
  ]);
  const outdated = views.filter(({ upToDate }) => upToDate === false).map(({ id }) => `${id} ${OUTDATED}`);
  return [
    renderTable(
      [{ name: 'id', narrow: 'keep' }, { name: 'state' }, { name: 'when' }, { name: 'next', narrow: 'drop' }],
      rows,
      0,
      undefined,
      width,
    ),
    ...outdated,
  ].join('\n');
}

/** What `schedule describe` prints for one schedule. `now`: milliseconds since the epoch. */
export function renderSchedule(
  given: ScheduleView & { runs: readonly ListedRun[] },
  now: number,
  width?: number,
): string {
  const view = allPrintable(given);
  const { rhythm, timeZone, lookBackDays, counts } = view;
  const lines = [`${view.id}: ${stateText(view)}`];
  if (view.paused)
    lines.push(labeled('paused', `${view.note ?? ''}; resume with \`trailmill schedule resume '${view.id}'\``));
  if (rhythm !== null) lines.push(labeled('when', rhythmText(rhythm, timeZone)));
  if (view.jitterSeconds > 0) lines.push(labeled('', `up to ${duration(view.jitterSeconds)} later`));
  if (lookBackDays !== null) lines.push(labeled('covers', lookBackText(lookBackDays)));
  if (view.upToDate === false) lines.push(labeled('files', OUTDATED));
  view.next.forEach((time, index) => {
    lines.push(labeled(index === 0 ? 'next' : '', `${moment(time)}${index === 0 ? ` (${timeUntil(time, now)})` : ''}`));
  });
  const notRun = [
    ...(counts.missed > 0 ? [`${count(counts.missed)} missed`] : []),
    ...(counts.dropped > 0 ? [`${count(counts.dropped)} dropped (the next run made up for them)`] : []),
  ];
  lines.push(labeled('runs', [`${count(counts.started)} so far`, ...notRun].join(', ')));
  if (view.ui !== null) lines.push(labeled('UI', view.ui));
  if (view.runs.length > 0) lines.push('', renderRuns(view.runs, now, width));
  return lines.join('\n');
}

function renderRuns(runs: readonly ListedRun[], now: number, width: number | undefined): string {
  const rows = runs.map(({ id, state, from, to, startedAt, closedAt }) => {
    const end = closedAt === null ? now : Date.parse(closedAt);
    return [id, state, from === null ? '' : `${from}..${to}`, duration((end - Date.parse(startedAt)) / 1000)];
  });
  const columns: readonly TextColumn[] = [
    { name: 'run', narrow: 'keep' },
    { name: 'state', narrow: 'keep' },
    { name: 'days', narrow: 'drop' },
    { name: 'took', align: 'right', narrow: 'drop' },
  ];
  return renderTable(columns, rows, 2, undefined, width);
}

function stateText({ paused, running }: ScheduleView): string {
  if (running.length > 0) return paused ? 'paused, a run is in progress' : 'a run is in progress';
  return paused ? 'paused' : 'active';
}

function lookBackText(days: number): string {
  return days === 0 ? 'the day itself' : `the day itself and ${counted(days, 'day')} before it`;
}

/** `in 3 h 20 min` */
function timeUntil(iso: string, now: number): string {
  return `in ${duration((Date.parse(iso) - now) / 1000)}`;
}
