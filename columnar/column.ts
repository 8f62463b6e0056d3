/**
 * A growable column buffer in Arrow's layout: values are copied straight into it, no object is made for a value.
 * A column may lag behind the row that is being written: the gap is filled with nulls by the next value or by `finish`.
 */

/** Small: a file may have rows of hundreds of days, and each of them has all columns. */
export const INITIAL_ROWS = 64;

/** Validity bits, least significant first, 1 = present (Arrow columnar format, "Validity bitmaps"). */
export abstract class Column {
  /** Rows that have a value or a null so far. */
  length = 0;
  nulls = 0;
  validity = new Uint8Array(INITIAL_ROWS >> 3);

  /** Bytes held for the values so far: what the memory limit counts. */
  abstract get bytes(): number;
  protected abstract reserve(rows: number): void;
  /** What readers find at the rows `from` to before `to`, which have no values. */
  protected abstract writeNulls(from: number, to: number): void;

  /** Has `row` a value? */
  has(row: number): boolean {
    return this.length > row && (this.validity[row >> 3] & (1 << (row & 7))) !== 0;
  }

  /** Makes the column exactly `rows` long: adds nulls, or drops what is behind. */
  finish(rows: number): void {
    if (this.length > rows) this.truncate(rows);
    this.fillTo(rows);
  }

  /** Drops everything from `rows` on: the undo of a rejected record or file. */
  truncate(rows: number): void {
    for (let row = rows; row < this.length; row++) {
      const bit = 1 << (row & 7);
      if (this.validity[row >> 3] & bit) this.validity[row >> 3] &= ~bit;
      else this.nulls--;
    }
    if (this.length > rows) this.length = rows;
  }

  /** Makes a value that was written null. */
  clear(row: number): void {
    if (!this.has(row)) return;
    this.validity[row >> 3] &= ~(1 << (row & 7));
    this.nulls++;
  }

  protected fillTo(row: number): void {
    if (row >= this.validity.length << 3) this.grow(row);
    const gap = row - this.length;
    if (gap <= 0) return;
    this.writeNulls(this.length, row);
    this.nulls += gap;
    this.length = row;
  }

  protected markPresent(row: number): void {
    this.validity[row >> 3] |= 1 << (row & 7);
    this.length = row + 1;
  }

  private grow(row: number): void {
    let rows = this.validity.length << 3;
    while (rows <= row) rows *= 2;
    this.validity = resized(this.validity, rows >> 3);
    this.reserve(rows);
  }
}

export function resized<T extends Uint8Array | Int32Array | Float64Array>(array: T, length: number): T {
  const larger = new (array.constructor as new (length: number) => T)(length);
  larger.set(array);
  return larger;
}
