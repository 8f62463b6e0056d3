/** Renders the report of an audit: counts by day and kind, notes, and differences with their cures. */

import { type AuditReport, type Group, type Noted, totalsOf } from '../../audit/report.js';
import { unlistedRegions, unlistedText } from '../../aws/regions.js';
import { isNone } from '../../plan/unread-tally.js';
import type { AuditCounts, Difference, Truncated } from '../../protocol/audit-messages.js';
import type { UnreadFiles } from '../../protocol/messages.js';
import { count, counted } from '../../text/numbers.js';
import { allPrintable } from '../../text/printable.js';
import { ignoredLine, unreadLines, unreadTitle } from '../../workflows/ui/unread-text.js';
import { renderTable, rightAligned, type TextColumn } from '../terminal/table.js';

/** The most entries of each list that are printed: `--json` has more. */
const MOST_NOTES = 20;
const MOST_DIFFERENCES = 50;

/** The report of an audit as text for the terminal. */
export function renderAudit(given: AuditReport, width?: number): string {
  const report = allPrintable(given);
  const { from, to, location, quarantined, replaced, ignored, differences } = report;
  return [
    `Audit of ${from} to ${to}, ${location}`,
    '',
    countsTable(report, width),
    ...notes('quarantined', quarantined, 'accounted for, but not in the tables'),
    ...notes('replaced', replaced, 'delivered again since; the rows of the older versions are still in the tables'),
    ...(ignored.length === 0 ? [] : ['', 'Ignored:', ...ignored.map((one) => `  ${ignoredLine(one)}`)]),
    ...unreadRows(report),
    ...regionLines(report),
    ...differenceLines(differences),
    '',
    `audit: ${verdict(report)}`,
  ].join('\n');
}

function verdict({ clean, differences, unread }: AuditReport): string {
  if (clean) return 'clean';
  const parts = differences.count === 0 ? [] : [counted(differences.count, 'difference')];
  const many = unread.atLeast
    ? `${count(unread.files)} or more CloudTrail files`
    : counted(unread.files, 'CloudTrail file');
  if (!isNone(unread)) parts.push(`${unread.files === 0 ? 'CloudTrail files' : many} not read`);
  return parts.join(', ');
}

function unreadRows({ unread, unreadElsewhere }: AuditReport): string[] {
  const of = (files: UnreadFiles, before: string, cure: string[]): string[] =>
    isNone(files)
      ? []
      : ['', `${before}${unreadTitle(files)}:`, ...unreadLines(files).map((line) => `  ${line}`), ...cure];
  return [...of(unreadElsewhere, 'On other days: ', []), ...of(unread, '', [`  ${unread.cure}`])];
}

const COLUMNS: readonly TextColumn[] = [
  { name: 'day', narrow: 'keep' },
  { name: 'kind' },
  ...['in bucket', 'in ledger', 'records', 'rows'].map(rightAligned),
  ...['rejects', 'in table', 'duplicates', 'dropped'].map((name) => ({
    ...rightAligned(name),
    narrow: 'drop' as const,
  })),
  { name: '', narrow: 'keep' },
];

/** One line per day and kind: accounts and regions are in the JSON. */
function countsTable({ groups, totals }: AuditReport, width: number | undefined): string {
  const lines = new Map<string, Group[]>();
  for (const group of groups) {
    const id = `${group.day} ${group.kind}`;
    lines.set(id, [...(lines.get(id) ?? []), group]);
  }
  if (lines.size === 0) return '  Neither the bucket nor the ledger has files for these days.';
  const sorted = [...lines].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, of]) => of);
  const rows = sorted.map((of) => [of[0].day, of[0].kind, ...cells(totalsOf(of))]);
  if (rows.length > 1) rows.push(['all', '', ...cells(totals)]);
  return renderTable(COLUMNS, rows, 2, undefined, width);
}

function cells(counts: AuditCounts): string[] {
  const { listed, ingested, quarantined, skipped, gone, records, rows, rejects, rejectRows, duplicates, dropped } =
    counts;
  const inLedger = ingested + quarantined + skipped;
  const equal = listed === inLedger - gone && records === rows && rejects === rejectRows;
  const numbers = [listed, inLedger, records, rows, rejects, rejectRows, duplicates, dropped].map(count);
  return [...numbers, equal ? '✓' : '≠'];
}

function notes(what: string, { count: all, first }: Truncated<Noted>, meaning: string): string[] {
  if (all === 0) return [];
  const shown = first.slice(0, MOST_NOTES).map(({ key, reason }) => `  ${key}\n    ${reason}`);
  const more = all - shown.length;
  return [
    '',
    `${counted(all, `${what} object`)}: ${meaning}`,
    ...shown,
    ...(more > 0 ? [`  … and ${count(more)} more`] : []),
  ];
}

function regionLines({ groups }: AuditReport): string[] {
  const text = unlistedText(unlistedRegions(groups.map(({ region }) => region)));
  return text === undefined ? [] : ['', text];
}

function differenceLines({ count: all, first }: Truncated<Difference>): string[] {
  if (all === 0) return [];
  const shown = first.slice(0, MOST_DIFFERENCES);
  const kinds = new Map(shown.map(({ what, cure }) => [what, cure]));
  const lines = [...kinds].flatMap(([kind, cure]) => [
    '',
    kind,
    ...shown.filter(({ what }) => what === kind).map(lineOf),
    `  ${cure}`,
  ]);
  const more = all - shown.length;
  return more > 0 ? [...lines, '', `… and ${counted(more, 'more difference')}: see --json`] : lines;
}

function lineOf({ day, subject, table, ledger, found }: Difference): string {
  const where = table === undefined ? '' : ` in ${table}`;
  return `  ${day}  ${subject}\n    ledger: ${ledger ?? 'nothing'}, found${where}: ${found ?? 'nothing'}`;
}
