/** Buffered rows of one table and day: a column buffer for each column of the table. */
import type { ColumnSpec, ColumnType } from '../iceberg/types.js';
import { BooleanColumn, DoubleColumn, IntColumn, LongColumn } from './columns.js';
import { type AnyColumn, ListColumn, StructColumn } from './nested.js';
import { StringColumn } from './string-column.js';

/** Creates the buffer for a column of this type. */
function columnFor(type: ColumnType): AnyColumn {
  if (typeof type === 'object') {
    if ('list' in type) return new ListColumn(columnFor(type.list));
    return new StructColumn(
      type.struct.map((member) => member.name),
      type.struct.map((member) => columnFor(member.type)),
    );
  }
  switch (type) {
    case 'string':
      return new StringColumn();
    case 'boolean':
      return new BooleanColumn();
    case 'int':
    case 'date':
      return new IntColumn();
    case 'long':
    case 'timestamptz':
      return new LongColumn();
    case 'float':
    case 'double':
      return new DoubleColumn();
    default:
      throw new Error(`no column buffer for Iceberg type ${type}`);
  }
}

/** Column buffers of one table for one day. */
export class RowSet {
  /** Number of finished rows. */
  rows = 0;
  /** The table's columns in the order of `specs`, then the hidden columns. */
  readonly columns: readonly AnyColumn[];

  /**
   * @param day the day of every row's `ts`, in days since 1970-01-01
   * @param hidden types of additional columns that are not written
   */
  constructor(
    readonly specs: readonly ColumnSpec[],
    readonly day: number,
    hidden: readonly ColumnType[] = [],
  ) {
    this.columns = [...specs.map((spec) => columnFor(spec.type)), ...hidden.map(columnFor)];
  }

  /** The buffer of the column with this name. */
  column(name: string): AnyColumn {
    const index = this.specs.findIndex((spec) => spec.name === name);
    if (index < 0) throw new Error(`no column ${name}`);
    return this.columns[index];
  }

  /** Bytes used by all values. */
  get bytes(): number {
    let sum = 0;
    for (const column of this.columns) sum += column.bytes;
    return sum;
  }

  /** Drops all rows from `rows` on, finished or not. */
  truncate(rows: number): void {
    for (const column of this.columns) column.truncate(rows);
    this.rows = rows;
  }

  /** Makes every column exactly as long as the number of finished rows. */
  finish(): void {
    for (const column of this.columns) column.finish(this.rows);
  }

  /**
   * Empties all columns and releases their memory for others, once the rows are written. Returns the bytes that become
   * garbage.
   */
  release(): number {
    this.rows = 0;
    return this.columns.reduce((freed, column) => freed + column.release(), 0);
  }
}
