/** Renders the result of upkeep: what was done in each table, and in the work area. */
import type { FileSum, IndexUpkeep, TableUpkeep, UpkeepResult } from '../../protocol/upkeep-messages.js';
import { bytes, count, counted } from '../../text/numbers.js';
import { renderTable, rightAligned, type TextColumn } from '../terminal/table.js';

const COLUMNS: readonly TextColumn[] = [
  { name: 'table' },
  ...['days', 'files', 'size', 'snapshots', 'deleted'].map(rightAligned),
];

/** The result as text for the terminal. */
export function renderUpkeep(result: UpkeepResult, width?: number): string {
  const { done, dryRun, workArea } = result;
  const lines = [
    dryRun === true ? 'Upkeep would do this:' : 'Upkeep is done:',
    '',
    renderTable(COLUMNS, done.map(row), 2, undefined, width),
    '',
    '  days: compacted. files and size: data of these days before and after.',
    '  snapshots: expired. deleted: unused files.',
  ];
  const notes = done.flatMap(notesOf);
  if (notes.length > 0) lines.push('', ...notes);
  if (workArea.plans > 0) lines.push('', `Work area: ${counted(workArea.plans, 'object')} of finished plans deleted.`);
  return lines.join('\n');
}

function row({ table, compacted, snapshotsExpired, unused, oldMetadata }: TableUpkeep): string[] {
  const { days, before, after } = compacted;
  const change = (pick: (sum: FileSum) => string): string => (days === 0 ? '' : `${pick(before)} → ${pick(after)}`);
  return [
    table,
    count(days),
    change(({ files }) => count(files)),
    change((sum) => bytes(sum.bytes)),
    count(snapshotsExpired),
    bytes(unused.bytes + oldMetadata.bytes),
  ];
}

function indexNotes(table: string, { merged, indexed, damaged = 0 }: IndexUpkeep): string[] {
  const done = [
    ...(indexed === 0 ? [] : [`${counted(indexed, 'data file')} indexed`]),
    ...(merged === 0 ? [] : [`${counted(merged, 'segment')} fewer`]),
  ];
  return [
    ...(done.length === 0 ? [] : [`${table}: value index: ${done.join(', ')}.`]),
    ...(damaged === 0
      ? []
      : [`${table}: ${counted(damaged, 'data file')} could not be read or indexed; run trailmill audit.`]),
  ];
}

function notesOf({ table, dropped, postponed, index, filesLeft }: TableUpkeep): string[] {
  return [
    ...(index === undefined ? [] : indexNotes(table, index)),
    ...(filesLeft === true ? [`${table}: its files cannot be listed, so the catalog must remove unused files.`] : []),
    ...(dropped.days === 0
      ? []
      : [`${table}: ${counted(dropped.days, 'day')} with ${counted(dropped.rows, 'row')} removed by retention.`]),
    ...(postponed === 0
      ? []
      : [
          `${table}: ${counted(postponed, 'day')} changed at the same time; the next upkeep compacts ${postponed === 1 ? 'it' : 'them'}.`,
        ]),
  ];
}
