/** A backfill in words: its status, its summary, a line of progress, the list. Pure functions from values to text. */
import { unlistedText } from '../../aws/regions.js';
import { windowText } from '../../workflows/control.js';
import { bytes, count, counted, duration } from '../../workflows/numbers.js';
import { allPrintable } from '../../workflows/printable.js';
import type { Rate } from '../../workflows/rate.js';
import { ignoredLine, unreadLines, unreadTitle } from '../../workflows/unread-words.js';
import type { BackfillState, BackfillView } from '../backfill-view.js';
import { moment, percent } from './numbers.js';
import { retryTexts } from './retries.js';

/** More failures than this are counted, not listed: `--json` has them all. */
const MOST_FAILURES = 20;
const MOST_RETRIES = 10;

/** The whole picture: what `backfill status` prints, and what a watch ends with. */
export function renderStatus(given: BackfillView, now: number): string {
  const view = allPrintable(given);
  const lines = [`${view.id}: ${stateText(view)}`];
  if (view.paused) {
    const why = view.pausedReason === null ? '' : `${view.pausedReason}; `;
    lines.push(row('paused', `${why}go on with \`trailmill backfill resume '${view.id}'\``));
  }
  const ended = view.closedAt === null ? now : Date.parse(view.closedAt);
  const took = duration((ended - Date.parse(view.startedAt)) / 1000);
  lines.push(row('started', `${moment(view.startedAt)}, ${view.closedAt === null ? `${took} ago` : `took ${took}`}`));
  if (view.days !== null) lines.push(row('days', daysText(view.days)));
  if (view.window !== null) lines.push(row('at once', windowText(view.window)));
  lines.push(...totalsRows(view));
  if (view.totals === null && view.state === 'running') lines.push(row('progress', `unknown: ${silenceText(view)}`));
  lines.push(...retryTexts(view.retries, now, MOST_RETRIES).map((text, n) => row(n === 0 ? 'tried again' : '', text)));
  if (view.error !== null) lines.push(row('error', view.error));
  lines.push(
    ...failureRows(view),
    ...damagedRows(view),
    ...unreadRows(view),
    ...unknownRows(view),
    ...regionRows(view),
  );
  if (view.ui !== null) lines.push(row('UI', view.ui));
  return lines.join('\n');
}

/** Nobody has said how far it is. */
function silenceText({ worker, taskQueue }: BackfillView): string {
  return worker === false
    ? `no worker polls its task queue ${taskQueue}, so nothing happens. Start one with \`trailmill worker\` (or \`trailmill dev\`).`
    : `no worker of its task queue ${taskQueue} answers: it is busy, or has gone just now. Start one with \`trailmill worker\` (or \`trailmill dev\`).`;
}

/** One that is paused runs as far as the server is concerned, and not as far as a person is. */
export function stateText({ state, paused }: Pick<BackfillView, 'state' | 'paused'>): BackfillState | 'paused' {
  return paused ? 'paused' : state;
}

function row(name: string, text: string): string {
  return `  ${name.padEnd(12)}${text}`;
}

function daysText(days: NonNullable<BackfillView['days']>): string {
  const parts = [`${count(days.done)} of ${count(days.total)} done`];
  if (days.failed > 0) parts.push(`${count(days.failed)} failed`);
  if (days.running.length > 0) parts.push(`at work: ${days.running.join(', ')}`);
  if (days.waiting.length > 0) parts.push(`waiting for another run: ${days.waiting.join(', ')}`);
  return parts.join(', ');
}

function totalsRows(view: BackfillView): string[] {
  const { totals, planned } = view;
  if (totals === null) return [];
  const running = view.state === 'running' && planned !== null;
  const rows = [
    row('files', running ? `${count(totals.files)} of ${count(planned.files)} planned so far` : count(totals.files)),
    row('bytes', running ? `${bytes(totals.bytes)} of ${bytes(planned.bytes)} planned so far` : bytes(totals.bytes)),
    row('events', count(totals.events)),
  ];
  if (totals.rejects > 0) rows.push(row('rejects', `${counted(totals.rejects, 'record')}: see the rejects table`));
  if (totals.dropped > 0) rows.push(row('dropped', `${counted(totals.dropped, 'record')}, by a transform`));
  if (totals.duplicates > 0) {
    rows.push(row('duplicates', `${counted(totals.duplicates, 'record')}: repeats of events that the table has`));
  }
  if (totals.quarantined > 0) {
    rows.push(row('quarantined', `${counted(totals.quarantined, 'file')}: take them again with --retry-quarantined`));
    for (const { code, files, example } of totals.quarantinedFor)
      rows.push(row('', `${code}: ${counted(files, 'file')}, such as ${example}`));
  }
  if (totals.skipped > 0) rows.push(row('skipped', `${counted(totals.skipped, 'file')} of kinds without a table`));
  if (totals.replaced > 0) {
    rows.push(row('replaced', `${counted(totals.replaced, 'file')}: see \`notes\` in the files table`));
  }
  return rows;
}

function failureRows(view: BackfillView): string[] {
  const shown = view.failures.slice(0, MOST_FAILURES).map(({ day, error }) => row('failed', `${day}  ${error}`));
  const more = view.failures.length - shown.length;
  return more > 0 ? [...shown, row('', `… and ${counted(more, 'more day')}: --json lists them all`)] : shown;
}

function damagedRows({ damaged }: BackfillView): string[] {
  return damaged.map((text, n) => row(n === 0 ? 'damaged' : '', text));
}

function unreadRows({ unread, ignored }: BackfillView): string[] {
  const texts =
    unread === null || unreadTitle(unread) === '' ? [] : [`${unreadTitle(unread)}:`, ...unreadLines(unread)];
  return [
    ...texts.map((text, n) => row(n === 0 ? 'not read' : '', text)),
    ...ignored.map((one, n) => row(n === 0 ? 'left out' : '', ignoredLine(one))),
  ];
}

function unknownRows({ unknown }: BackfillView): string[] {
  if (unknown === null || unknown.folders === 0) return [];
  const more = unknown.folders - unknown.first.length;
  return [
    row(
      'left out',
      `${counted(unknown.folders, 'folder')} not known to be CloudTrail's; \`trailmill plan\` says what they look like`,
    ),
    ...unknown.first.map((folder) => row('', folder)),
    ...(more > 0 ? [row('', `… and ${count(more)} more`)] : []),
  ];
}

function regionRows({ unlistedRegions }: BackfillView): string[] {
  const text = unlistedText(unlistedRegions ?? []);
  return text === undefined ? [] : [row('note', text)];
}

/** One line of progress for a pipe or a log file. */
export function renderLine(given: BackfillView, rate: Rate): string {
  const view = allPrintable(given);
  const { days, totals, planned } = view;
  if (days === null || totals === null) return `${stateText(view)}, ${silenceText(view)}`;
  const failed = days.failed > 0 ? ` (${count(days.failed)} failed)` : '';
  return [
    `${count(days.done + days.failed)}/${counted(days.total, 'day')}${failed}`,
    planned?.files ? `${count(totals.files)}/${counted(planned.files, 'file')}` : counted(totals.files, 'file'),
    bytes(totals.bytes),
    counted(totals.events, 'event'),
    rateText(rate),
    leftText(view, rate),
  ].join(', ');
}

/** What stands beside a progress bar, and how full the bar is. */
export interface Bar {
  label: string;
  value: number;
  total: number;
  text: string;
}

/** The bars of a terminal: days, files, bytes. */
export function renderBars(view: BackfillView): Bar[] {
  const { days, planned, totals } = allPrintable(view);
  const files = { done: totals?.files ?? 0, all: planned?.files ?? totals?.files ?? 0 };
  const size = { done: totals?.bytes ?? 0, all: planned?.bytes ?? totals?.bytes ?? 0 };
  const ended = (days?.done ?? 0) + (days?.failed ?? 0);
  const running = days?.running ?? [];
  const waiting = days === null || days.waiting.length === 0 ? '' : `  ${count(days.waiting.length)} waiting`;
  const at = running.length === 0 ? '' : `  ${running.slice(0, 3).join(' ')}${running.length > 3 ? ' …' : ''}`;
  const failed = days !== null && days.failed > 0 ? `  ${count(days.failed)} failed` : '';
  return [
    bar('days', ended, days?.total ?? 0, `${count(ended)}/${count(days?.total ?? 0)}${failed}${at}${waiting}`),
    bar('files', files.done, files.all, `${count(files.done)}/${count(files.all)}`),
    bar('bytes', size.done, size.all, `${bytes(size.done)}/${bytes(size.all)}  ${percent(size.done, size.all)}`),
  ];
}

function bar(label: string, value: number, total: number, text: string): Bar {
  return { label: label.padEnd(6), value: Math.min(value, total), total, text };
}

/** The line below the bars. */
export function renderFooter(given: BackfillView, rate: Rate): string {
  const view = allPrintable(given);
  if (view.totals === null) return silenceText(view);
  const parts = [counted(view.totals.events, 'event'), rateText(rate)];
  return [...parts, leftText(view, rate)].join(' · ');
}

function rateText(rate: Rate): string {
  return `${count(rate.eventsPerSecond)} events/s, ${bytes(rate.bytesPerSecond)}/s`;
}

function leftText(view: BackfillView, rate: Rate): string {
  const state = stateText(view);
  if (state !== 'running') return state;
  return rate.secondsLeft === null ? 'time left unknown' : `about ${duration(rate.secondsLeft)} left`;
}
