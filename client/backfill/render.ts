/** Renders a backfill: its status, its summary, and its progress. Pure. */
import { unlistedText } from '../../aws/regions.js';
import { windowText } from '../../protocol/control.js';
import { bytes, count, counted, duration } from '../../text/numbers.js';
import { allPrintable } from '../../text/printable.js';
import type { Rate } from '../../workflows/ui/rate.js';
import { ignoredLine, unreadLines, unreadTitle } from '../../workflows/ui/unread-text.js';
import { moment, percent } from '../terminal/numbers.js';
import { labeled } from '../terminal/table.js';
import { retryTexts } from './render-retries.js';
import type { BackfillState, BackfillView } from './view.js';

/** The most failures that are listed; the others are counted. `--json` has them all. */
const MOST_FAILURES = 20;
const MOST_RETRIES = 10;

/** What `backfill status` prints, and the summary at the end of `--watch`. */
export function renderStatus(given: BackfillView, now: number): string {
  const view = allPrintable(given);
  const lines = [`${view.id}: ${stateText(view)}`];
  if (view.paused) {
    const why = view.pausedReason === null ? '' : `${view.pausedReason}; `;
    lines.push(labeled('paused', `${why}resume with \`trailmill backfill resume '${view.id}'\``));
  }
  const ended = view.closedAt === null ? now : Date.parse(view.closedAt);
  const took = duration((ended - Date.parse(view.startedAt)) / 1000);
  lines.push(
    labeled('started', `${moment(view.startedAt)}, ${view.closedAt === null ? `${took} ago` : `took ${took}`}`),
  );
  if (view.days !== null) lines.push(labeled('days', daysText(view.days)));
  if (view.window !== null) lines.push(labeled('in flight', windowText(view.window)));
  lines.push(...totalsRows(view));
  if (view.totals === null && view.state === 'running')
    lines.push(labeled('progress', `unknown: ${noResponseText(view)}`));
  lines.push(...retryTexts(view.retries, now, MOST_RETRIES).map((text, n) => labeled(n === 0 ? 'retrying' : '', text)));
  if (view.error !== null) lines.push(labeled('error', view.error));
  lines.push(
    ...failureRows(view),
    ...damagedRows(view),
    ...unreadRows(view),
    ...unknownRows(view),
    ...regionRows(view),
  );
  if (view.ui !== null) lines.push(labeled('UI', view.ui));
  return lines.join('\n');
}

/** Why the progress is unknown. */
function noResponseText({ worker, taskQueue }: BackfillView): string {
  return worker === false
    ? `no worker polls its task queue ${taskQueue}, so it makes no progress. Start one with \`trailmill worker\` (or \`trailmill dev\`).`
    : `no worker on its task queue ${taskQueue} responds: it is busy, or has just stopped. Start one with \`trailmill worker\` (or \`trailmill dev\`).`;
}

/** The displayed state. On the server, a paused backfill is running. */
export function stateText({ state, paused }: Pick<BackfillView, 'state' | 'paused'>): BackfillState | 'paused' {
  return paused ? 'paused' : state;
}

function daysText(days: NonNullable<BackfillView['days']>): string {
  const parts = [`${count(days.done)} of ${count(days.total)} done`];
  if (days.failed > 0) parts.push(`${count(days.failed)} failed`);
  if (days.running.length > 0) parts.push(`in progress: ${days.running.join(', ')}`);
  if (days.waiting.length > 0) parts.push(`waiting for another run: ${days.waiting.join(', ')}`);
  return parts.join(', ');
}

function totalsRows(view: BackfillView): string[] {
  const { totals, planned } = view;
  if (totals === null) return [];
  const running = view.state === 'running' && planned !== null;
  const rows = [
    labeled(
      'files',
      running ? `${count(totals.files)} of ${count(planned.files)} planned so far` : count(totals.files),
    ),
    labeled(
      'bytes',
      running ? `${bytes(totals.bytes)} of ${bytes(planned.bytes)} planned so far` : bytes(totals.bytes),
    ),
    labeled('events', count(totals.events)),
  ];
  if (totals.rejects > 0)
    rows.push(
      labeled(
        'rejects',
        `${counted(totals.rejects, 'record')}: see the rejects table; once the cause is fixed, read them again with --reprocess --status rejected`,
      ),
    );
  if (totals.dropped > 0) rows.push(labeled('dropped', `${counted(totals.dropped, 'record')}, by a transform`));
  if (totals.duplicates > 0) {
    rows.push(
      labeled('duplicates', `${counted(totals.duplicates, 'record')}: copies of events that are already in the table`),
    );
  }
  if (totals.quarantined > 0) {
    rows.push(labeled('quarantined', `${counted(totals.quarantined, 'file')}: retry them with --retry-quarantined`));
    for (const { code, files, example } of totals.quarantinedFor)
      rows.push(labeled('', `${code}: ${counted(files, 'file')}, such as ${example}`));
  }
  for (const { code, files, example } of totals.kept ?? [])
    rows.push(labeled('kept', `${counted(files, 'file')} could not be read again (${code}), such as ${example}`));
  if (totals.skipped > 0) rows.push(labeled('skipped', `${counted(totals.skipped, 'file')} of kinds without a table`));
  if (totals.replaced > 0) {
    rows.push(labeled('replaced', `${counted(totals.replaced, 'file')}: see \`notes\` in the files table`));
  }
  return rows;
}

function failureRows(view: BackfillView): string[] {
  const shown = view.failures.slice(0, MOST_FAILURES).map(({ day, error }) => labeled('failed', `${day}  ${error}`));
  const more = view.failures.length - shown.length;
  return more > 0 ? [...shown, labeled('', `… and ${counted(more, 'more day')}: --json lists them all`)] : shown;
}

function damagedRows({ damaged }: BackfillView): string[] {
  return damaged.map((text, n) => labeled(n === 0 ? 'damaged' : '', text));
}

function unreadRows({ unread, ignored }: BackfillView): string[] {
  const texts =
    unread === null || unreadTitle(unread) === '' ? [] : [`${unreadTitle(unread)}:`, ...unreadLines(unread)];
  return [
    ...texts.map((text, n) => labeled(n === 0 ? 'not read' : '', text)),
    ...ignored.map((one, n) => labeled(n === 0 ? 'ignored' : '', ignoredLine(one))),
  ];
}

function unknownRows({ unknown }: BackfillView): string[] {
  if (unknown === null || unknown.folders === 0) return [];
  const more = unknown.folders - unknown.first.length;
  return [
    labeled(
      'ignored',
      `${counted(unknown.folders, 'unrecognized folder')}; \`trailmill plan\` shows what they look like`,
    ),
    ...unknown.first.map((folder) => labeled('', folder)),
    ...(more > 0 ? [labeled('', `… and ${count(more)} more`)] : []),
  ];
}

function regionRows({ unlistedRegions }: BackfillView): string[] {
  const text = unlistedText(unlistedRegions ?? []);
  return text === undefined ? [] : [labeled('note', text)];
}

/** One line of progress for a pipe or a log file. */
export function renderLine(given: BackfillView, rate: Rate): string {
  const view = allPrintable(given);
  const { days, totals, planned } = view;
  if (days === null || totals === null) return `${stateText(view)}, ${noResponseText(view)}`;
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

/** A progress bar: its label, its value, and the text next to it. */
interface Bar {
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
  if (view.totals === null) return noResponseText(view);
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
