/**
 * docs/columns.json: the record path of each column, for programs. It has neither copies nor computed columns, but everything about
 * the columns that is needed to rebuild a record.
 */
import {
  type CloudTrailColumn,
  type Conversion,
  consumingColumns,
  keysOf,
  type Shape,
} from '../../../cloudtrail/columns/column.js';
import { MANAGED_COLUMNS } from '../../../cloudtrail/table-columns.js';
import { TABLE_KEYS } from '../../../cloudtrail/table-config.js';
import { tableNameOf } from '../../../cloudtrail/tables.js';
import { DEFAULT_SOURCE } from '../../../config/defaults.js';

/** The file that is generated. */
export const COLUMNS_FILE = 'docs/columns.json';

/** How a column represents the value; for nested values the names of members in the column and their keys in the record. */
type Form = string | { list: Form } | { members: { name: string; key: string; as: Form }[] };

interface RecordColumn {
  column: string;
  /** The keys from the record to the value. */
  path: readonly string[];
  as: Form;
}

/** The columns of one table. */
function recordColumns(table: readonly CloudTrailColumn[]): RecordColumn[] {
  return [...consumingColumns(table).values()].map((column) => ({
    column: column.name,
    path: keysOf(column),
    as: formOf(column.as),
  }));
}

/** The text of the file, one line per column. */
export function columnsFile(): string {
  const tables = TABLE_KEYS.map((key) => {
    const lines = recordColumns(MANAGED_COLUMNS[key]).map((column) => `    ${JSON.stringify(column)}`);
    return `  ${JSON.stringify(tableNameOf(DEFAULT_SOURCE.name, key))}: [\n${lines.join(',\n')}\n  ]`;
  });
  return `{\n${tables.join(',\n')}\n}\n`;
}

function formOf(as: Conversion): Form {
  return typeof as === 'object' && 'shape' in as ? formOfShape(as.shape) : as;
}

function formOfShape(shape: Shape): Form {
  if (typeof shape === 'string') return shape;
  if ('list' in shape) return { list: formOfShape(shape.list) };
  return { members: shape.members.map(({ name, key, shape: inner }) => ({ name, key, as: formOfShape(inner) })) };
}
