/** Renders the output of `check`. */
import type { IntegritySettings, SourceSettings } from '../../config/settings.js';
import { counted } from '../../text/numbers.js';
import { allPrintable, printable } from '../../text/printable.js';
import type { ExplainedColumn, ExplainedTable } from './explain.js';
import type { Probe } from './probe.js';

const MARKS = { ok: '✓', waiting: '–', failed: '✗' } as const;

/** The files that were read. Errors in them would have ended the command. */
export function renderFiles(project: string, files: readonly string[]): string {
  const lines = files.length === 0 ? ['no files: flags and defaults'] : files.map(printable);
  return [`The configuration of ${printable(project)} is valid.`, ...lines.map((line) => `  ${line}`), ''].join('\n');
}

/** The tables and their configured columns; with `all`, the managed ones too. `keys`: how many the directory of `integrity.keys` has. */
export function renderConfiguredTables(
  tables: readonly ExplainedTable[],
  source: Pick<SourceSettings, 'files' | 'enrich' | 'deduplicate' | 'integrity'>,
  remarks: readonly string[],
  all: boolean,
  keys?: number,
): string {
  const { files, enrich, deduplicate, integrity } = allPrintable(source);
  const lines = ['Tables'];
  const directory = files[0]?.replace(/\/[^/]*$/, '');
  for (const table of allPrintable(tables)) lines.push(...tableLines(table, directory, all));
  const databases = Object.entries(enrich?.geoip ?? {}).map(([name, path]) => `${name} ${path}`);
  if (databases.length > 0) lines.push(`  IP addresses are looked up in ${databases.join(', ')}`);
  lines.push(
    deduplicate === undefined
      ? '  duplicate events are kept, one row per delivery'
      : `  duplicate events are removed: deliveries within ${counted(deduplicate.windowDays, 'day')} of each other are compared`,
  );
  lines.push(...integrityLines(integrity, keys).map((line) => `  ${line}`));
  if (remarks.length > 0) lines.push('', 'Warnings', ...remarks.map((remark) => `  ${printable(remark)}`));
  return lines.join('\n');
}

/** How log files are verified. */
function integrityLines({ mode, bucket, holdHours, keys: directory }: IntegritySettings, keys = 0): string[] {
  const what = {
    record: 'log files are verified by `trailmill verify` only; their hashes are recorded',
    verify: 'log files are verified by scheduled runs',
    required: `log files are ingested once a valid digest lists them, and quarantined if none does within ${counted(holdHours, 'hour')}`,
  }[mode];
  const asks =
    directory === undefined && mode !== 'record' ? ['  public keys come from CloudTrail (ListPublicKeys)'] : [];
  return [
    what,
    ...(bucket === undefined ? [] : [`  digests were delivered to the bucket ${bucket}`]),
    ...(directory === undefined ? asks : [`  ${counted(keys, 'public key')} in ${directory.directory}`]),
  ];
}

function tableLines(
  { key, name, wanted, columns, transform }: ExplainedTable,
  directory: string | undefined,
  all: boolean,
): string[] {
  if (!wanted) {
    const file = directory === undefined ? `tables/${key}.yml` : `${directory}/tables/${key}.yml`;
    return [`  ${MARKS.waiting} ${name}: skipped, because there is no ${file}`];
  }
  const managed = columns.filter(({ origin }) => origin === 'managed').length;
  const own = columns.length - managed;
  const counts = `${counted(managed, 'managed column')}${own === 0 ? '' : `, ${own} custom`}`;
  const shown = columns.filter(({ origin }) => all || origin !== 'managed');
  return [
    `  ${MARKS.ok} ${name}: ${counts}`,
    ...columnLines(shown),
    ...(transform === null ? [] : [`      every row is processed by ${transform}`]),
  ];
}

/** Maximum widths of the columns of the list; longer values shift the rest of the line. */
const MOST_CHARACTERS = [72, 32, 64];

function columnLines(columns: readonly ExplainedColumn[]): string[] {
  const rows = columns.map(({ name, type, from, filledBy, origin }) => [name, type, from ?? `(${filledBy})`, origin]);
  const widths = MOST_CHARACTERS.map((most, part) =>
    Math.min(most, Math.max(0, ...rows.map((row) => row[part].length))),
  );
  return rows.map((row) => `      ${row.map((text, part) => text.padEnd(widths[part] ?? 0)).join('  ')}`.trimEnd());
}

/** One line per probe, with its cure below. */
export function renderProbes(probes: readonly Probe[]): string {
  const lines = allPrintable(probes).flatMap(({ what, state, message, cure }) => [
    `  ${MARKS[state]} ${what.padEnd(11)}${message}`,
    ...(cure === null ? [] : [`${' '.repeat(15)}${cure}`]),
  ]);
  return ['Access', ...lines].join('\n');
}
