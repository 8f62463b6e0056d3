/** Current details of upkeep for the Temporal UI, as Markdown. Pure. */
import type { FileSum, TableUpkeep, UpkeepStatus } from '../../protocol/upkeep-messages.js';
import { bytes, count, counted } from '../../text/numbers.js';
import { escapeMarkdown, SPARE_LINE } from './details.js';

/** Returns the current details of upkeep, as Markdown. */
export function upkeepDetails(status: UpkeepStatus): string {
  const { tables, done, dryRun, daysLeft } = status;
  const current = done.at(-1);
  const where =
    tables === 0
      ? 'Looking for the tables'
      : `Table ${count(Math.max(1, done.length))} of ${count(tables)}${current === undefined ? '' : `: ${escapeMarkdown(current.table)}`}${daysLeft === 0 ? '' : `, ${counted(daysLeft, 'day')} left to compact`}`;
  const lines = [
    dryRun === true ? '**Upkeep, dry run: nothing is changed**' : '**Upkeep**',
    '',
    where,
    '',
    '| table | days compacted | files | expired snapshots | deleted | postponed days |',
    '|---|--:|--:|--:|--:|--:|',
    ...done.map(row),
  ];
  return [...lines, '', SPARE_LINE].join('\n');
}

function row({ table, compacted, snapshotsExpired, unused, oldMetadata, postponed }: TableUpkeep): string {
  const { days, before, after } = compacted;
  const files = days === 0 ? '' : `${count(before.files)} → ${count(after.files)}`;
  const cells = [count(days), files, count(snapshotsExpired), sumText([unused, oldMetadata]), count(postponed)];
  return `| ${escapeMarkdown(table)} | ${cells.join(' | ')} |`;
}

function sumText(sums: readonly FileSum[]): string {
  const files = sums.reduce((sum, one) => sum + one.files, 0);
  return files === 0 ? '0' : `${counted(files, 'file')}, ${bytes(sums.reduce((sum, one) => sum + one.bytes, 0))}`;
}
