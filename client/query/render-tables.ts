/** Renders the output of `trailmill tables` for people. */
import { sqlName } from '../../query/keywords.js';
import type { WorkAreaKind } from '../../query/stored-bytes.js';
import type { SnapshotFacts, TableFacts } from '../../query/table-facts.js';
import { bytes, count } from '../../text/numbers.js';
import { allPrintable } from '../../text/printable.js';
import { moment } from '../terminal/numbers.js';
import { renderTable, rightAligned, type TextColumn } from '../terminal/table.js';
import { renderHealth } from './render-health.js';

interface TablesView {
  columns: boolean;
  snapshots: boolean;
  health?: boolean;
}

/**
 * One line per table, which 80 columns have room for; then the location of each and, if requested, its columns and snapshots,
 * and the health of all of them.
 */
export function renderTables(
  given: readonly TableFacts[],
  view: TablesView,
  workArea: readonly WorkAreaKind[] = [],
  width?: number,
): string {
  const tables = allPrintable(given);
  const parts = [renderTable(COLUMNS, tables.map(lineOf), 0, undefined, width)];
  if (view.health) parts[0] += `\n\n${renderHealth(tables, allPrintable(workArea), width)}`;
  for (const table of tables) {
    const lines = [`${table.name}  ${table.location}`];
    if (view.snapshots)
      lines.push('', renderTable(SNAPSHOT_COLUMNS, table.recent.map(snapshotLine), 2, undefined, width));
    if (view.columns) lines.push('', renderTable(COLUMN_COLUMNS, table.columns.map(columnLine), 2, undefined, width));
    parts.push(lines.join('\n'));
  }
  // Locations alone need no blank line between them.
  const [head, ...rest] = parts;
  return [head, '', rest.join(view.snapshots || view.columns ? '\n\n' : '\n')].join('\n');
}

const COLUMNS: readonly TextColumn[] = [
  { name: 'table' },
  rightAligned('rows'),
  rightAligned('live rows'),
  rightAligned('files'),
  rightAligned('bytes'),
  { name: 'last day' },
];

function lineOf(table: TableFacts): string[] {
  return [
    table.name,
    count(table.rows),
    count(table.liveRows),
    count(table.dataFiles),
    bytes(table.bytes),
    table.lastDay ?? '–',
  ];
}

const SNAPSHOT_COLUMNS: readonly TextColumn[] = [
  { name: 'snapshot' },
  { name: 'committed' },
  { name: 'operation' },
  rightAligned('added rows'),
  rightAligned('deleted rows'),
  { name: 'delivery day' },
  { name: 'run' },
];

function snapshotLine(snapshot: SnapshotFacts): string[] {
  return [
    snapshot.id,
    moment(snapshot.committedAt),
    snapshot.operation,
    count(snapshot.addedRows),
    count(snapshot.deletedRows),
    snapshot.deliveryDay ?? '–',
    snapshot.run ?? '–',
  ];
}

const COLUMN_COLUMNS: readonly TextColumn[] = [{ name: 'column' }, { name: 'type' }, { name: 'description' }];

/** Names are quoted for SQL: `"group".name`. The JSON has them without quotes. */
function columnLine({ name, type, required, doc }: TableFacts['columns'][number]): string[] {
  return [sqlName(name), required ? `${type} (always)` : type, doc];
}
