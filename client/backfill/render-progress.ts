/** Renders the progress of a backfill: a line for a pipe, and bars for a terminal. Pure. */
import { bytes, count, counted } from '../../text/numbers.js';
import { allPrintable, printable } from '../../text/printable.js';
import { estimateText, expectedTotals, ofExpected } from '../../workflows/ui/expected.js';
import { knownText } from '../../workflows/ui/known-text.js';
import { type Rate, timeLeftText } from '../../workflows/ui/rate.js';
import { percent } from '../terminal/numbers.js';
import { noResponseText, stateText, stepText } from './render.js';
import { retryTexts } from './render-retries.js';
import type { BackfillView } from './view.js';

/** The most retries that are shown: the others usually have the same cause. */
const MOST_RETRIES = 3;

/** One line of progress for a pipe or a log file. */
export function renderLine(given: BackfillView, rate: Rate): string {
  const view = allPrintable(given);
  const { days, totals, planned, share } = view;
  if (days === null || totals === null) return `${stateText(view)}, ${noResponseText(view)}`;
  const failed = days.failed > 0 ? ` (${count(days.failed)} failed)` : '';
  const whole = [
    `${count(days.done + days.failed)}/${counted(days.total, 'day')}${failed}`,
    ...(share === undefined ? [] : [percent(share, 1)]),
  ];
  const step = stepText(view);
  if (step !== undefined) return [...whole, step].join(', ');
  return [
    ...whole,
    filesText(view),
    bytes(totals.bytes),
    counted(totals.events, 'event'),
    ...(planned?.files === 0 ? [] : [rateText(rate)]),
    leftText(view, rate),
  ].join(', ');
}

function filesText({ days, planned, totals, known }: BackfillView): string {
  const files = totals?.files ?? 0;
  const expected = days === null || planned === null ? undefined : expectedTotals(days, planned);
  const before = knownText(known, files);
  if (before !== undefined && !expected?.files) return before;
  if (!expected?.files) return counted(files, 'file');
  if (expected.exact) return `${count(files)}/${counted(expected.files, 'file')}`;
  return `${ofExpected(files, expected, 'files')} files`;
}

/** A progress bar: its label, its value, and the text next to it. Without a `total` there is no bar: it would be a guess. */
export interface Bar {
  label: string;
  value: number;
  total: number;
  text: string;
}

/** The bars of a terminal: days, files, bytes. The last two have a total as soon as all days are planned. */
export function renderBars(given: BackfillView): Bar[] {
  const view = allPrintable(given);
  const { days, planned, totals, share } = view;
  const expected = days === null || planned === null ? undefined : expectedTotals(days, planned);
  const whole = expected?.exact === true ? expected : { files: 0, bytes: 0 };
  const files = { done: totals?.files ?? 0, all: whole.files };
  const size = { done: totals?.bytes ?? 0, all: whole.bytes };
  const ended = (days?.done ?? 0) + (days?.failed ?? 0);
  const total = days?.total ?? 0;
  const waiting = days === null || days.waiting.length === 0 ? '' : `  ${count(days.waiting.length)} waiting`;
  const failed = days !== null && days.failed > 0 ? `  ${count(days.failed)} failed` : '';
  const part = share === undefined ? '' : `  ${percent(share, 1)}`;
  const estimate = expected === undefined || expected.exact ? '' : ` (${estimateText(expected, total)})`;
  const text = expected?.exact
    ? {
        files: `${count(files.done)}/${count(files.all)}`,
        bytes: `${bytes(size.done)}/${bytes(size.all)}  ${percent(size.done, size.all)}`,
      }
    : {
        files: `${ofExpected(files.done, expected, 'files')}${estimate}`,
        bytes: ofExpected(size.done, expected, 'bytes'),
      };
  return [
    bar(
      'days',
      share === undefined ? ended : share * total,
      total,
      `${count(ended)}/${count(total)}${part}${failed}${runningText(days)}${waiting}`,
    ),
    bar('files', files.done, files.all, text.files),
    bar('bytes', size.done, size.all, text.bytes),
  ];
}

function runningText(days: BackfillView['days']): string {
  const running = days?.running ?? [];
  if (running.length === 0) return '';
  // More do not fit into 80 columns.
  return running.length <= 2 ? `  ${running.join(' ')}` : `  ${running[0]} … ${running[running.length - 1]}`;
}

function bar(label: string, value: number, total: number, text: string): Bar {
  return { label, value: Math.min(value, total), total, text };
}

/** The same bars, none of which is shorter than before: a day that is planned again may add files. */
export function notShorter(bars: readonly Bar[], before: readonly Bar[]): Bar[] {
  return bars.map((now, n) => {
    const share = before[n] === undefined || before[n].total === 0 ? 0 : before[n].value / before[n].total;
    return { ...now, value: Math.max(now.value, Math.min(1, share) * now.total) };
  });
}

/** The bar of a line of at most `width` characters, with its label and text. */
export function barLine({ label, value, total, text }: Bar, width: number): string {
  const size = width < 100 ? 20 : 28;
  const full = total === 0 ? 0 : Math.floor((value / total) * size);
  const drawn = total === 0 ? '' : `${'█'.repeat(full)}${'░'.repeat(size - full)}  `;
  const line = `  ${label.padEnd(6)} ${drawn}${text}`;
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}

/** The line below the bars. */
export function renderFooter(given: BackfillView, rate: Rate): string {
  const view = allPrintable(given);
  if (view.totals === null) return noResponseText(view);
  const step = stepText(view);
  if (step !== undefined) return step;
  const parts = [counted(view.totals.events, 'event'), ...(view.planned?.files === 0 ? [] : [rateText(rate)])];
  return [...parts, leftText(view, rate)].join(' · ');
}

/** Why it waits, and what to do: a pause, and what is being retried. One line each. */
export function waitTexts(view: BackfillView, now: number): string[] {
  const paused = view.paused
    ? [
        printable(
          `paused${view.pausedReason === null ? '' : `: ${view.pausedReason}`}. Resume it with \`trailmill backfill resume '${view.id}'\``,
        ),
      ]
    : [];
  return [...paused, ...retryTexts(view.retries, now, MOST_RETRIES)];
}

function rateText(rate: Rate): string {
  return `${count(rate.eventsPerSecond)} events/s, ${bytes(rate.bytesPerSecond)}/s`;
}

function leftText(view: BackfillView, rate: Rate): string {
  const state = stateText(view);
  if (state !== 'running') return state;
  return rate.secondsLeft === null ? 'time left not known yet' : timeLeftText(rate.secondsLeft);
}
