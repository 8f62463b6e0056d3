/** The columns that each table has by itself, whatever the configuration says. */
import type { ColumnSpec } from '../iceberg/types.js';
import { type CloudTrailColumn, DEFAULT_TABLE_COLUMNS } from './columns.js';
import type { TableKey, UserColumn } from './table-config.js';

export interface ManagedColumn extends ColumnSpec {
  /** The keys from the record to the value; absent where it is in no one place of the record. */
  path?: readonly string[];
  /** In words, where there is no path. */
  filledBy: string;
}

/** In the order in which the table shows them. */
export function managedColumns(key: TableKey): ManagedColumn[] {
  return (key === 'digest' ? [] : DEFAULT_TABLE_COLUMNS).map(describe);
}

/** In every table, and empty until a transform fills them. */
export const FREE_COLUMNS: readonly UserColumn[] = [
  { name: 'tags', type: { list: 'string' }, doc: 'Keywords that a transform gave to the row' },
  { name: 'labels', type: 'string', doc: 'Names and values that a transform gave to the row: a JSON object' },
];

function describe(column: CloudTrailColumn): ManagedColumn {
  const { name, type, required, doc } = column;
  const spec = { name, type, required, doc };
  if (column.kind === 'direct') return { ...spec, path: column.path.split('.'), filledBy: 'the record' };
  if (column.kind === 'decoder') return { ...spec, filledBy: 'Trailmill itself' };
  const { inputs } = column.derivation;
  return { ...spec, filledBy: inputs.length === 0 ? 'always the same' : `computed from ${inputs.join(', ')}` };
}
