/** The managed columns of each table, for documentation and the command line. */
import type { ColumnSpec } from '../iceberg/types.js';
import type { CloudTrailColumn } from './columns/column.js';
import { MANAGED_COLUMNS } from './table-columns.js';
import type { TableKey } from './table-config.js';

/** A managed column, as shown in the documentation and on the command line. */
interface ManagedColumn extends ColumnSpec {
  /** The keys from the record to the value; absent if the value is not at one path of the record. */
  path?: readonly string[];
  /** Source of the value in words. */
  filledBy: string;
}

/** Returns the managed columns of a table, in table order. */
export function managedColumns(key: TableKey): ManagedColumn[] {
  return MANAGED_COLUMNS[key].map(describe);
}

function describe(column: CloudTrailColumn): ManagedColumn {
  const { name, type, required, doc } = column;
  const spec = { name, type, required, doc };
  switch (column.kind) {
    case 'direct':
      return { ...spec, path: column.keys ?? column.path.split('.'), filledBy: 'the record' };
    case 'time':
      return { ...spec, filledBy: `the first of ${column.firstOf.join(', ')}` };
    case 'decoder':
      return { ...spec, filledBy: 'Trailmill itself' };
    case 'free':
      return { ...spec, filledBy: 'a transform' };
    case 'derived': {
      const { inputs } = column.derivation;
      return { ...spec, filledBy: inputs.length === 0 ? 'always the same' : `computed from ${inputs.join(', ')}` };
    }
  }
}
