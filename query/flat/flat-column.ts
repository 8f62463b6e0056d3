/** The columns of flat views: names that a CloudTrail user expects, each made of columns of a table. Pure. */
import type { TableRole } from '../../cloudtrail/tables.js';

/** SQL of a column of the table, by its dotted name. */
export type ColumnSql = (column: string) => string;

/** A column of a flat view. */
export interface FlatColumn {
  name: string;
  doc: string;
  /** An SQL expression. */
  sql: (of: ColumnSql) => string;
  /** Columns of the table that it is made of. The first is the one that CloudTrail's field is in. */
  columns: readonly string[];
  /** `copy`: exactly the value of one column; `json`: one column with JSON text, as JSON. */
  kind: 'copy' | 'json' | 'computed';
}

/** A view with short column names over one table. */
export interface FlatView {
  name: string;
  role: TableRole;
  /** What a row is. */
  doc: string;
  columns: readonly FlatColumn[];
}

/** A column of the table under another name. */
export function copied(name: string, column: string, doc: string): FlatColumn {
  return { name, doc, sql: (of) => of(column), columns: [column], kind: 'copy' };
}

/**
 * A column with JSON text, as DuckDB's type JSON. Text that is not JSON, which a transform or another writer may have left, becomes
 * a JSON string: a cast would fail for the whole query.
 */
export function json(name: string, column: string, doc: string): FlatColumn {
  const sql = (of: ColumnSql): string => `coalesce(TRY_CAST(${of(column)} AS JSON), to_json(${of(column)}))`;
  return { name, doc, sql, columns: [column], kind: 'json' };
}

/** A column that is computed of others. */
export function computed(name: string, doc: string, sql: (of: ColumnSql) => string): FlatColumn {
  const columns = new Set<string>();
  sql((column) => {
    columns.add(column);
    return column;
  });
  return { name, doc, sql, columns: [...columns], kind: 'computed' };
}

/** The first of these columns that is not null. */
export function firstOf(name: string, columns: readonly string[], doc: string): FlatColumn {
  return computed(name, doc, (of) => `coalesce(${columns.map(of).join(', ')})`);
}
