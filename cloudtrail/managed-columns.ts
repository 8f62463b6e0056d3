/** The columns that each table has by itself, whatever the configuration says. */
import type { ColumnSpec } from '../iceberg/types.js';
import { type CloudTrailColumn, keysOf } from './columns/column.js';
import type { TableKey } from './routing.js';
import { MANAGED_COLUMNS } from './table-columns.js';

export interface ManagedColumn extends ColumnSpec {
  /** The keys from the record to the value; absent where it is in no one place of the record. */
  path?: readonly string[];
  /** In words, where there is no path. */
  filledBy: string;
}

/** In the order in which the table shows them. */
export function managedColumns(key: TableKey): ManagedColumn[] {
  return MANAGED_COLUMNS[key].map(describe);
}

function describe(column: CloudTrailColumn): ManagedColumn {
  const { name, type, required, doc } = column;
  const spec = { name, type, required, doc };
  if (column.kind === 'direct') return { ...spec, path: keysOf(column), filledBy: 'the record' };
  if (column.kind === 'decoder') return { ...spec, filledBy: 'Trailmill itself' };
  if (column.kind === 'free') return { ...spec, filledBy: 'a transform' };
  const { inputs } = column.derivation;
  return { ...spec, filledBy: inputs.length === 0 ? 'always the same' : `computed from ${inputs.join(', ')}` };
}
