/** All columns of a configured table: the managed ones, then those that users added. */
import type { ColumnType } from '../iceberg/types.js';
import type { CloudTrailColumn, Conversion, LeafConversion, Shape } from './columns/column.js';
import { DEFAULT_TABLE_COLUMNS } from './columns/default.js';
import { DIGEST_TABLE_COLUMNS } from './columns/digest.js';
import { INSIGHTS_TABLE_COLUMNS } from './columns/insights.js';
import type { TableConfig, TableKey, UserColumn } from './table-config.js';

/** The managed columns of each table. */
export const MANAGED_COLUMNS: Readonly<Record<TableKey, readonly CloudTrailColumn[]>> = {
  default: DEFAULT_TABLE_COLUMNS,
  insights: INSIGHTS_TABLE_COLUMNS,
  digest: DIGEST_TABLE_COLUMNS,
};

/** Returns the columns of a table in table order. A user column never replaces a managed one. */
export function columnsOf({ key, columns }: TableConfig): readonly CloudTrailColumn[] {
  const managed = MANAGED_COLUMNS[key];
  const taken = new Set(managed.map(({ name }) => name));
  return [...managed, ...columns.filter(({ name }) => !taken.has(name)).map(columnOf)];
}

/** A user column reads without consuming, so the record can still be rebuilt from the managed columns. */
function columnOf({ name, type, doc, from, convert, default: value }: UserColumn): CloudTrailColumn {
  const common = { name, type, doc, ...(value === undefined ? {} : { default: value }) };
  if (from === undefined) return { kind: 'free', ...common };
  const as = convert ?? conversionOf(type);
  return { kind: 'direct', ...common, path: from.join('.'), keys: from, as, copy: true };
}

const LEAF: Partial<Record<string, LeafConversion>> = {
  string: 'text',
  boolean: 'boolean',
  int: 'integer',
  long: 'integer',
  float: 'number',
  double: 'number',
  timestamptz: 'time',
  date: 'date',
};

function conversionOf(type: ColumnType): Conversion {
  return typeof type === 'string' ? leafOf(type) : { shape: shapeOf(type) };
}

function leafOf(type: string): LeafConversion {
  const leaf = LEAF[type];
  if (leaf === undefined) throw new Error(`no conversion to ${type}`);
  return leaf;
}

/** Members are looked up in the record by their own names. */
function shapeOf(type: ColumnType): Shape {
  if (typeof type === 'string') return leafOf(type);
  if ('list' in type) return { list: shapeOf(type.list) };
  return {
    members: type.struct.map((member) => ({ key: member.name, name: member.name, shape: shapeOf(member.type) })),
  };
}
