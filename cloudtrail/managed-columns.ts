/** The columns that each table has by itself, whatever the configuration says. */
import { type CloudTrailColumn, DEFAULT_TABLE_COLUMNS } from './columns.js';
import type { TableKey, UserColumn } from './table-config.js';

export function managedColumns(key: TableKey): readonly CloudTrailColumn[] {
  return key === 'digest' ? [] : DEFAULT_TABLE_COLUMNS;
}

/** In every table, and empty until a transform fills them. */
export const FREE_COLUMNS: readonly UserColumn[] = [
  { name: 'tags', type: { list: 'string' }, doc: 'Keywords that a transform gave to the row' },
  { name: 'labels', type: 'string', doc: 'Names and values that a transform gave to the row: a JSON object' },
];
