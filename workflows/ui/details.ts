/** Current details of backfills and days for the Temporal UI, as Markdown. Pure. */
import { type DayControl, windowText } from '../../protocol/control.js';
import type {
  BackfillStatus,
  DayStatus,
  FailedBatches,
  IgnoredFiles,
  Totals,
  UnreadFiles,
} from '../../protocol/messages.js';
import { bytes, count } from '../../text/numbers.js';
import { printable } from '../../text/printable.js';
import { estimateText, expectedTotals, ofExpected } from './expected.js';
import { knownText } from './known-text.js';
import { type BackfillContext, backfillStep } from './next-step.js';
import { type Rate, rateText } from './rate.js';
import { rejectedText, unreadText } from './reason-text.js';
import { ignoredLine, unreadLines, unreadTitle } from './unread-text.js';

/** Maximum reasons to show: details are limited to 20 KB, and the latest reasons matter most. */
const REASONS_SHOWN = 20;
/** The UI's frame cuts off the last line, so a no-break space is added as a line that may be lost. */
export const SPARE_LINE = '\u00a0';

/** Returns a progress bar: `3 of 12 █████░░░░░ 25 %` */
export function progressBar(done: number, total: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const full = Math.round(share * 20);
  return `${count(done)} of ${count(total)} ${'█'.repeat(full)}${'░'.repeat(20 - full)} ${Math.floor(share * 100)} %`;
}

/** Two tables, because the UI's frame is too narrow for a single one. */
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

/** Returns the details of a backfill. `rate` is not shown before the first commit, during a pause and after the end. */
export function backfillDetails(status: BackfillStatus, context: BackfillContext, rate?: Rate): string {
  const { days, failures, control, unknown, unread, ignored, damaged = [] } = status;
  const failed = days.failed > 0 ? ` (${count(days.failed)} failed)` : '';
  const lines = [
    `**Backfill ${escapeMarkdown(status.from)} to ${escapeMarkdown(status.to)}**`,
    '',
    ...pausedLines(control),
    `Days: ${progressBar(days.done + days.failed, days.total)}${failed}`,
  ];
  lines.push(...filesLines(status));
  if (days.running.length > 0) lines.push('', `Running: ${escapeMarkdown(days.running.join(', '))}`);
  if (days.waiting.length > 0) lines.push('', `Waiting for another run: ${escapeMarkdown(days.waiting.join(', '))}`);
  const isOver = days.done + days.failed === days.total || context.cancelled;
  if (!isOver) lines.push('', `At once: ${windowText(control)}`);
  if (!isOver && !control.paused) lines.push(...rateLines(status.totals, rate));
  lines.push('', `**Next:** ${printable(backfillStep(status, context))}`);
  lines.push('', ...totalsTable(status.totals), ...knownLines(status));
  lines.push(...rejectLines(status.totals), ...quarantineLines(status.totals), ...keptLines(status.totals));
  lines.push(
    ...reasons(
      'Failed days',
      failures.map(({ day, error }) => `${day}: ${error}`),
      days.failed,
    ),
  );
  lines.push(...reasons('Damaged tables', damaged, damaged.length));
  lines.push(...unreadMarkdown(unread), ...ignoredLines(ignored));
  if (unknown !== undefined) lines.push(...reasons('Unrecognized folders', unknown.first, unknown.folders));
  return [...lines, '', SPARE_LINE].join('\n');
}

/** Returns the details of a day. `step` is the result of `dayStep`. */
export function dayDetails(status: DayStatus, failed: FailedBatches, step: string, rate?: Rate): string {
  const { day, totals, planned, control, ignored } = status;
  const lines = [
    `**Delivery day ${escapeMarkdown(day)}**`,
    '',
    ...pausedLines(control),
    `Files: ${progressBar(totals.files, planned.files)}`,
    ...(control.paused || totals.files >= planned.files ? [] : rateLines(totals, rate)),
    '',
    `**Next:** ${step}`,
    '',
    ...totalsTable(totals),
    ...knownLines(status),
    ...rejectLines(totals),
    ...quarantineLines(totals),
    ...keptLines(totals),
    ...ignoredLines(ignored),
    ...reasons('Failed batches', failed.reasons, failed.count),
  ];
  return [...lines, '', SPARE_LINE].join('\n');
}

/** A bar only if the total is known. `planned.days` is absent if an older version runs the backfill. */
function filesLines({ days, planned, totals }: BackfillStatus): string[] {
  const expected = planned.days === undefined ? undefined : expectedTotals(days, planned);
  if (expected === undefined || expected.files === 0) return [];
  if (expected.exact) return ['', `Files: ${progressBar(totals.files, planned.files)}`];
  return ['', `Files: ${ofExpected(totals.files, expected, 'files')}, ${estimateText(expected, days.total)}`];
}

function knownLines({ known, totals }: Pick<DayStatus, 'known' | 'totals'>): string[] {
  const text = knownText(known, totals.files);
  return text === undefined ? [] : ['', text];
}

/** Returns the lines for unread files; empty if there are none. */
export function unreadMarkdown(unread: UnreadFiles | undefined): string[] {
  if (unread === undefined || unreadTitle(unread) === '') return [];
  const lines = unreadLines(unread);
  return reasons(unreadTitle(unread), lines, lines.length);
}

function ignoredLines(ignored: readonly IgnoredFiles[] = []): string[] {
  return reasons('Ignored files', ignored.map(ignoredLine), ignored.length);
}

function rateLines({ files }: Totals, rate: Rate | undefined): string[] {
  return rate === undefined || files === 0 ? [] : ['', `Rate: ${rateText(rate)}`];
}

function rejectLines({ rejectedFor = [] }: Totals): string[] {
  return reasons('Rejected records', rejectedFor.map(rejectedText), rejectedFor.length);
}

function quarantineLines({ quarantinedFor }: Totals): string[] {
  return reasons('Quarantined files', quarantinedFor.map(unreadText), quarantinedFor.length);
}

function keptLines({ kept = [] }: Totals): string[] {
  return reasons('Files that could not be read again and keep their rows', kept.map(unreadText), kept.length);
}

function pausedLines({ paused, pausedReason }: DayControl): string[] {
  if (!paused) return [];
  return [`**Paused**${pausedReason === undefined ? '' : `: ${escapeMarkdown(pausedReason)}`}`, ''];
}

/** A list of the latest failures with their reasons. `all` is the total number, including those that were not kept. */
function reasons(title: string, failures: readonly string[], all: number): string[] {
  if (failures.length === 0) return [];
  const shown = failures.slice(-REASONS_SHOWN);
  const more = all - shown.length;
  return [
    '',
    `**${title}**`,
    '',
    ...shown.map((line) => `- ${escapeMarkdown(line)}`),
    ...(more > 0 ? [`- … and ${count(more)} more`] : []),
  ];
}

/** Escapes text for Markdown (CommonMark, "Backslash escapes"). Reasons contain object keys, which may have any characters. */
export function escapeMarkdown(text: string): string {
  return printable(text.replace(/[^\S\ufeff]+/g, ' ')).replace(/[\\`*_{}[\]()<>#+!|~&]/g, '\\$&');
}
