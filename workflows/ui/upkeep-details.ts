/** Details of upkeep for the Temporal UI, as Markdown: what it does, and what was done. Pure. */
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

/** Returns the static details of upkeep. `warehouse` is an address as users write it. */
export function aboutUpkeep(warehouse: string, dryRun: boolean): string {
  const what = `Upkeep of the Iceberg tables in ${escapeMarkdown(warehouse)}: removes days past the retention, compacts days into few sorted files, expires old snapshots, and deletes unused files. Apart from retention, the rows stay the same.`;
  return [
    dryRun ? `${what} This is a dry run, which only reports what would be done.` : what,
    '',
    '- **Current Details**, next to this, show what was done in each table.',
    '- It yields to ingestion: days that change at the same time are left for the next upkeep.',
    '- It can be cancelled, terminated or started again at any time.',
    '',
    SPARE_LINE,
  ].join('\n');
}
