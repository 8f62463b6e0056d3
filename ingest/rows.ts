/** Rows made from values instead of JSON bytes: the ledger and the rejects. */

import { epochDayOf } from '../cloudtrail/decoder/timestamp.js';
import { IntColumn, LongColumn } from '../columnar/columns.js';
import type { AnyColumn } from '../columnar/nested.js';
import { RowSet } from '../columnar/row-set.js';
import { StringColumn } from '../columnar/string-column.js';
import type { ColumnSpec } from '../iceberg/types.js';

/** Collects rows, by the day of `ts`. */
export class RowsByDay<Columns extends readonly ColumnSpec[]> {
  private readonly days = new Map<number, RowSet>();

  constructor(private readonly specs: Columns) {}

  get bytes(): number {
    let sum = 0;
    for (const rows of this.days.values()) sum += rows.bytes;
    return sum;
  }

  /** `ts` in microseconds since the epoch; an absent value is null. */
  add(values: Partial<Record<Columns[number]['name'], string | number | undefined>> & { ts: number }): void {
    const day = epochDayOf(values.ts);
    let rows = this.days.get(day);
    if (rows === undefined) {
      rows = new RowSet(this.specs, day);
      this.days.set(day, rows);
    }
    for (let i = 0; i < this.specs.length; i++) {
      const value = values[this.specs[i].name as keyof typeof values];
      if (value !== undefined) append(rows.columns[i], value as string | number, rows.rows);
    }
    rows.rows++;
  }

  /** Returns the rows by ascending day, and removes them. */
  take(): RowSet[] {
    const taken = Array.from(this.days.values()).sort((a, b) => a.day - b.day);
    this.days.clear();
    return taken;
  }
}

function append(column: AnyColumn, value: string | number, row: number): void {
  if (column instanceof StringColumn) column.appendText(String(value), row);
  else if (column instanceof LongColumn || column instanceof IntColumn) column.append(Number(value), row);
  else throw new Error('This column type is not supported');
}
