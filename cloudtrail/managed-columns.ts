/** The columns that each table has by itself, whatever the configuration says. */
import type { ColumnSpec } from '../iceberg/types.js';
import { type CloudTrailColumn, DEFAULT_TABLE_COLUMNS } from './columns.js';
import type { TableKey } from './table-config.js';

export interface ManagedColumn extends ColumnSpec {
  /** The keys from the record to the value; absent where it is in no one place of the record. */
  path?: readonly string[];
  /** In words, where there is no path. */
  filledBy: string;
}

/** In every table, and empty until a transform fills them. */
const FREE_COLUMNS: readonly ManagedColumn[] = [
  { name: 'tags', type: { list: 'string' }, filledBy: 'a transform', doc: 'Keywords; filled by a transform only' },
  {
    name: 'labels',
    type: 'string',
    filledBy: 'a transform',
    doc: 'Key and value pairs, a JSON object; filled by a transform only',
  },
];

/** In the order in which the table shows them. */
export function managedColumns(key: TableKey): ManagedColumn[] {
  return [...(key === 'digest' ? [] : DEFAULT_TABLE_COLUMNS).map(describe), ...FREE_COLUMNS];
}

function describe(column: CloudTrailColumn): ManagedColumn {
  const { name, type, required, doc } = column;
  const spec = { name, type, required, doc };
  if (column.kind === 'direct') return { ...spec, path: column.path.split('.'), filledBy: 'the record' };
  if (column.kind === 'decoder') return { ...spec, filledBy: 'Trailmill itself' };
  const { inputs } = column.derivation;
  return { ...spec, filledBy: inputs.length === 0 ? 'always the same' : `computed from ${inputs.join(', ')}` };
}
