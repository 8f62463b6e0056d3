/** Renders a plan: files by account and kind, what is left to read, its cost, and what to know about the bucket. */
import { unlistedText } from '../../aws/regions.js';
import { bytes, count, counted } from '../../text/numbers.js';
import { allPrintable } from '../../text/printable.js';
import { ignoredLine, unreadLines, unreadTitle } from '../../workflows/ui/unread-text.js';
import { labeled, renderTable, type TextColumn } from '../terminal/table.js';
import type { PlanReport } from './report.js';
import type { Price, Transfer } from './requests.js';
import { type Amount, totalOf } from './sums.js';

/** The largest accounts have their own rows. */
const MOST_ACCOUNTS = 20;
const MOST_NAMES = 20;
const MOST_RANGES = 5;
/** The smallest amount that is printed as such, in US dollars. */
const SMALLEST_AMOUNT = 0.0001;

/** The report of a plan as text for the terminal. */
export function renderPlan(given: PlanReport, width?: number): string {
  const report = allPrintable(given);
  const { from, to, location, accounts, places } = report;
  return [
    `Plan of ${from} to ${to}, ${location}: ${counted(accounts, 'account')}, ${counted(places, 'folder')}`,
    '',
    groupsTable(report, width),
    '',
    ...amountRows(report),
    ...costRows(report),
    ...noteRows(report),
  ].join('\n');
}

const COLUMNS: readonly TextColumn[] = [
  { name: 'account' },
  { name: 'kind' },
  { name: 'files', align: 'right' },
  { name: 'bytes', align: 'right' },
  { name: 'already done', align: 'right' },
];

function groupsTable({ groups, ledger, delivered, done }: PlanReport, room: number | undefined): string {
  if (groups.length === 0) return '  Nothing was delivered on these days.';
  const sizes = new Map<string, number>();
  for (const { account, bytes: size } of groups) sizes.set(account, (sizes.get(account) ?? 0) + size);
  const largest = [...sizes].sort(([, a], [, b]) => b - a).slice(0, MOST_ACCOUNTS);
  const shown = new Set(largest.map(([account]) => account));
  const rows = groups
    .filter(({ account }) => shown.has(account))
    .map((group) => [group.account, group.kind + (group.wanted ? '' : ' (no table)'), ...cells(group, group.done)]);
  const rest = groups.filter(({ account }) => !shown.has(account));
  if (rest.length > 0) {
    const more = `… and ${counted(sizes.size - shown.size, 'more account')}`;
    rows.push([more, '', ...cells(totalOf(rest), totalOf(rest.map((group) => group.done)))]);
  }
  if (groups.length > 1) rows.push(['all', '', ...cells(delivered, done)]);
  // Without a ledger, it is unknown which files are done.
  const width = ledger === 'subtracted' ? COLUMNS.length : COLUMNS.length - 1;
  return renderTable(
    COLUMNS.slice(0, width),
    rows.map((row) => row.slice(0, width)),
    2,
    undefined,
    room,
  );
}

function cells(all: Amount, done: Amount): string[] {
  return [count(all.files), bytes(all.bytes), count(done.files)];
}

function amount({ files, bytes: size }: Amount): string {
  return `${counted(files, 'file')}, ${bytes(size)}`;
}

function amountRows({ delivered, done, skipped, read, mayBeHeld, ledger, ledgerError, ignored }: PlanReport): string[] {
  const rows = [labeled('delivered', amount(delivered))];
  if (ledger === 'subtracted') rows.push(labeled('done', `of these, ${amount(done)} are already done`));
  if (ledger === 'unreadable') {
    rows.push(
      labeled('done', 'unknown: the ledger cannot be read, so all files are counted'),
      labeled('', ledgerError ?? ''),
    );
  }
  if (skipped.files > 0) rows.push(labeled('not read', `${amount(skipped)}, of kinds without a table`));
  rows.push(...ignored.map((one, n) => labeled(n === 0 ? 'ignored' : '', ignoredLine(one))));
  rows.push(labeled('to read', amount(read)));
  if (mayBeHeld > 0)
    rows.push(labeled('', `of these, ${count(mayBeHeld)} only if their digests are there (integrity: required)`));
  return rows;
}

function costRows({ requests, price, transfer }: PlanReport): string[] {
  const { list, get, put } = requests;
  return [
    labeled('requests', `${count(list)} to list, ${count(get)} to read, about ${count(put)} to write`),
    ...(price === null ? [] : priceRows(price)),
    ...(transfer === null ? [] : [labeled('transfer', transferText(transfer))]),
  ];
}

function priceRows({ total, list, get, put, region, asOf, source }: Price): string[] {
  const parts = [
    ...(list === null ? [] : [`to list ${dollars(list)}`]),
    ...(get === null ? [] : [`to read ${dollars(get)}`]),
    ...(put === null ? [] : [`to write ${dollars(put)}`]),
  ];
  return [
    labeled('price', `${about(total)}: ${parts.join(', ')}`),
    labeled('', `an estimate, at the list prices of S3 Standard in ${region} on ${asOf}: ${source}`),
  ];
}

function transferText({ region, otherRegion, internet }: Transfer): string {
  const where = region === null ? "the bucket's region" : region;
  return `nothing to workers in ${where}; ${about(otherRegion)} to another region, ${about(internet)} to outside AWS`;
}

function about(value: number): string {
  return value > 0 && value < SMALLEST_AMOUNT ? dollars(value) : `about ${dollars(value)}`;
}

/** Rounds to cents; amounts below one cent have four decimals. */
function dollars(value: number): string {
  if (value === 0) return '$0';
  if (value < SMALLEST_AMOUNT) return `less than $${SMALLEST_AMOUNT}`;
  if (value < 0.01) return `$${value.toFixed(4)}`;
  return `$${value.toFixed(2).replace(/\B(?=(\d{3})+(?!\d)\.)/g, ',')}`;
}

function noteRows(report: PlanReport): string[] {
  return [
    ...unreadRows(report),
    ...emptyDayRows(report),
    ...trailRows(report),
    ...unknownRows(report),
    ...regionRows(report),
  ];
}

/** CloudTrail files that are not read. They come first, because they need action. */
function unreadRows({ unread, unreadElsewhere }: PlanReport): string[] {
  const title = unreadTitle(unread);
  const rows = title === '' ? [] : ['', `${title}:`, ...indented(unreadLines(unread)), `  ${unread.cure}`];
  const other = unreadTitle(unreadElsewhere);
  return other === '' ? rows : [...rows, '', `On other days: ${other}:`, ...indented(unreadLines(unreadElsewhere))];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function emptyDayRows({ daysWithoutFiles: { count: all, ranges } }: PlanReport): string[] {
  if (all === 0) return [];
  const shown = ranges.slice(0, MOST_RANGES).map(({ from, to }) => (from === to ? from : `${from}..${to}`));
  const more = ranges.length > shown.length ? `, … and ${counted(ranges.length - shown.length, 'more range')}` : '';
  return ['', `${counted(all, 'day')} without files: ${shown.join(', ')}${more}`];
}

function trailRows({ trails }: PlanReport): string[] {
  const { organizations, accountsOutside, accountsInBoth } = trails;
  if (organizations.length === 0) return [];
  const rows = organizations.map(({ id, accounts }) => `${id} (${counted(accounts, 'account')})`);
  const shown = rows.slice(0, MOST_NAMES).join(', ');
  const more = rows.length > MOST_NAMES ? `, … and ${counted(rows.length - MOST_NAMES, 'more organization')}` : '';
  const outside =
    accountsOutside === 0 ? '' : `; without an organization's folder: ${counted(accountsOutside, 'account')}`;
  const both = [
    `${counted(accountsInBoth.count, 'account')} in both, such as ${accountsInBoth.first[0]}: an old and a new trail. Events that`,
    '  both delivered are duplicates; the tables keep one of each (deduplicate in log_source.yml).',
  ];
  return ['', `Organizations: ${shown}${more}${outside}`, ...(accountsInBoth.count === 0 ? [] : both)];
}

function regionRows(report: PlanReport): string[] {
  const text = unlistedText(report.unlistedRegions);
  return text === undefined ? [] : ['', text];
}

function unknownRows({ unknown: { names } }: PlanReport): string[] {
  const others = names.filter(({ expected }) => expected);
  const unexpected = names.filter(({ expected }) => !expected);
  const rows: string[] = [];
  if (unexpected.length > 0) {
    rows.push('', 'Unrecognized folders, ignored:');
    for (const { example, looksLike, folders } of unexpected.slice(0, MOST_NAMES)) {
      const more = folders === 1 ? '' : `, and ${counted(folders - 1, 'other')} with that name`;
      rows.push(`  ${example}  ${looksLike}${more}`);
    }
    if (unexpected.length > MOST_NAMES)
      rows.push(`  … and ${count(unexpected.length - MOST_NAMES)} more names: see --json`);
  }
  if (others.length > 0) {
    const list = others
      .slice(0, MOST_NAMES)
      .map(({ name, looksLike, folders }) => `${name} (${looksLike}, ${counted(folders, 'folder')})`);
    rows.push('', `Other services, ignored: ${list.join(', ')}`);
  }
  return rows;
}
