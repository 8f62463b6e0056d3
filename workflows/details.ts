/** What a person reads in the Temporal UI, as markdown. Pure. */
import { type DayControl, windowText } from './control.js';
import type { BackfillStatus, DayStatus, FailedBatches, IgnoredFiles, Totals, UnreadFiles } from './messages.js';
import { type Ahead, backfillStep } from './next-step.js';
import { bytes, count, counted } from './numbers.js';
import { printable } from './printable.js';
import { type Rate, rateText } from './rate.js';
import { ignoredLine, unreadLines, unreadTitle } from './unread-words.js';

/** Reasons shown; details may have 20 KB, and a person reads the last ones. */
const REASONS_SHOWN = 20;
/** The UI's frame is a line too low for what it shows: a literal no-break space is the line that may be cut off. */
export const SPARE_LINE = '\u00a0';

/** `3 of 12 █████░░░░░ 25 %` */
export function bar(done: number, total: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const full = Math.round(share * 20);
  return `${count(done)} of ${count(total)} ${'█'.repeat(full)}${'░'.repeat(20 - full)} ${Math.floor(share * 100)} %`;
}

/** Two tables: the UI's frame is not wide enough for all in one. */
function totalsTable(totals: Totals): string[] {
  const { files, events, rejects, dropped, duplicates, quarantined, skipped, replaced } = totals;
  const rest = { rejects, dropped, duplicates, quarantined, skipped, replaced };
  return [
    ...table(['files', 'events', 'bytes'], [count(files), count(events), bytes(totals.bytes)]),
    '',
    ...table(Object.keys(rest), Object.values(rest).map(count)),
  ];
}

function table(names: readonly string[], values: readonly string[]): string[] {
  return [`| ${names.join(' | ')} |`, `|${'--:|'.repeat(names.length)}`, `| ${values.join(' | ')} |`];
}

/** `rate` is left out where nothing is measured: before the first commit, in a pause, after the end. */
export function backfillDetails(status: BackfillStatus, ahead: Ahead, rate?: Rate): string {
  const { days, failures, control, unknown, unread, ignored, damaged = [] } = status;
  const failed = days.failed > 0 ? ` (${count(days.failed)} failed)` : '';
  const lines = [
    `**Backfill ${literal(status.from)} to ${literal(status.to)}**`,
    '',
    ...pausedLines(control),
    `Days: ${bar(days.done + days.failed, days.total)}${failed}`,
  ];
  if (days.running.length > 0) lines.push('', `Running: ${literal(days.running.join(', '))}`);
  if (days.waiting.length > 0) lines.push('', `Waiting for another run: ${literal(days.waiting.join(', '))}`);
  const isOver = days.done + days.failed === days.total || ahead.cancelled;
  if (!isOver) lines.push('', `At once: ${windowText(control)}`);
  if (!isOver && !control.paused) lines.push(...rateLines(status.totals, rate));
  lines.push('', `**Next:** ${printable(backfillStep(status, ahead))}`);
  lines.push('', ...totalsTable(status.totals), ...quarantineLines(status.totals));
  lines.push(
    ...reasons(
      'Failed days',
      failures.map(({ day, error }) => `${day}: ${error}`),
      days.failed,
    ),
  );
  lines.push(...reasons('Damaged tables', damaged, damaged.length));
  lines.push(...unreadMarkdown(unread), ...ignoredLines(ignored));
  if (unknown !== undefined) lines.push(...reasons('Folders that are not understood', unknown.first, unknown.folders));
  return [...lines, '', SPARE_LINE].join('\n');
}

/** `step` is what `dayStep` says. */
export function dayDetails(status: DayStatus, failed: FailedBatches, step: string, rate?: Rate): string {
  const { day, totals, planned, control, ignored } = status;
  const lines = [
    `**Delivery day ${literal(day)}**`,
    '',
    ...pausedLines(control),
    `Files: ${bar(totals.files, planned.files)}`,
    ...(control.paused || totals.files >= planned.files ? [] : rateLines(totals, rate)),
    '',
    `**Next:** ${step}`,
    '',
    ...totalsTable(totals),
    ...quarantineLines(totals),
    ...ignoredLines(ignored),
    ...reasons('Failed batches', failed.reasons, failed.count),
  ];
  return [...lines, '', SPARE_LINE].join('\n');
}

/** Empty where there are none. */
export function unreadMarkdown(unread: UnreadFiles | undefined): string[] {
  if (unread === undefined || unreadTitle(unread) === '') return [];
  const lines = unreadLines(unread);
  return reasons(unreadTitle(unread), lines, lines.length);
}

function ignoredLines(ignored: readonly IgnoredFiles[] = []): string[] {
  return reasons('Files that are left out', ignored.map(ignoredLine), ignored.length);
}

function rateLines({ files }: Totals, rate: Rate | undefined): string[] {
  return rate === undefined || files === 0 ? [] : ['', `Rate: ${rateText(rate)}`];
}

function quarantineLines({ quarantinedFor }: Totals): string[] {
  const lines = quarantinedFor.map(
    ({ code, files, example }) => `${code}: ${counted(files, 'file')}, such as ${example}`,
  );
  return reasons('Quarantined files', lines, lines.length);
}

function pausedLines({ paused, pausedReason }: DayControl): string[] {
  if (!paused) return [];
  return [`**Paused**${pausedReason === undefined ? '' : `: ${literal(pausedReason)}`}`, ''];
}

/** A list of what failed and why, the last ones; `all` counts also those that were not kept. */
function reasons(title: string, failures: readonly string[], all: number): string[] {
  if (failures.length === 0) return [];
  const shown = failures.slice(-REASONS_SHOWN);
  const more = all - shown.length;
  return [
    '',
    `**${title}**`,
    '',
    ...shown.map((line) => `- ${literal(line)}`),
    ...(more > 0 ? [`- … and ${count(more)} more`] : []),
  ];
}

/** Reasons have object keys in them, which others have chosen: none of their characters may become markup (CommonMark, "Backslash escapes"). */
export function literal(text: string): string {
  return printable(text.replace(/[^\S\ufeff]+/g, ' ')).replace(/[\\`*_{}[\]()<>#+!|~&]/g, '\\$&');
}
