/** The rows of one table and one day that wait to be written: a column buffer for each column of the table. */
import type { ColumnSpec, ColumnType } from '../iceberg/types.js';
import { type AnyColumn, BooleanColumn, IntColumn, ListColumn, LongColumn, StringColumn } from './columns.js';

/** The buffer for a column of this type. */
export function columnFor(type: ColumnType): AnyColumn {
  if (typeof type === 'object') return new ListColumn('list' in type ? 1 : type.listOf.length);
  switch (type) {
    case 'string':
      return new StringColumn();
    case 'boolean':
      return new BooleanColumn();
    case 'int':
      return new IntColumn();
    case 'long':
    case 'timestamptz':
      return new LongColumn();
    default:
      throw new Error(`no column buffer for Iceberg type ${type}`);
  }
}

export class RowSet {
  /** Finished rows. */
  rows = 0;
  readonly columns: readonly AnyColumn[];

  /** `day`: days since 1970-01-01 of every row's `ts`. */
  constructor(
    readonly specs: readonly ColumnSpec[],
    readonly day: number,
  ) {
    this.columns = specs.map((spec) => columnFor(spec.type));
  }

  /** Bytes held for values. */
  get bytes(): number {
    let sum = 0;
    for (const column of this.columns) sum += column.bytes;
    return sum;
  }

  /** Drops every row from `rows` on, finished or not. */
  truncate(rows: number): void {
    for (const column of this.columns) column.truncate(rows);
    this.rows = rows;
  }

  /** Fills every column up to the number of finished rows. */
  finish(): void {
    for (const column of this.columns) column.finish(this.rows);
  }
}
