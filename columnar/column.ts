/**
 * A growable column buffer in Arrow's layout: values are copied directly into it, without allocating an object per value.
 * A column may be behind the row that is being written: the gap is filled with nulls by the next value or by `finish`.
 */
import { returnBuffer, takeBuffer } from './buffers.js';

/**
 * Capacity with the first value or null. Small, because a file may have rows of hundreds of days, each with buffers for all
 * columns. Until then a column has no memory of its own: most columns of a small file stay empty.
 */
const INITIAL_ROWS = 64;

/** Arrays of no elements, which all columns that are still empty share. */
export const NO_BYTES = new Uint8Array(0);
export const NO_INTS = new Int32Array(0);
export const NO_DOUBLES = new Float64Array(0);

/**
 * Base class of column buffers. Validity bits are least significant first, 1 = present (Arrow columnar format, "Validity
 * bitmaps").
 */
export abstract class ColumnBuffer {
  /** Number of rows that have a value or a null so far. */
  length = 0;
  nulls = 0;
  validity = NO_BYTES;

  /** Bytes used by the values so far, for the memory limit. */
  abstract get bytes(): number;
  protected abstract reserve(rows: number): void;
  /** Writes placeholder values for the null rows from `from` up to, but not including, `to`. */
  protected abstract writeNulls(from: number, to: number): void;

  /** Whether `row` has a value. */
  has(row: number): boolean {
    return this.length > row && (this.validity[row >> 3] & (1 << (row & 7))) !== 0;
  }

  /** Makes the column exactly `rows` long: appends nulls, or drops rows at the end. */
  finish(rows: number): void {
    if (this.length > rows) this.truncate(rows);
    this.fillTo(rows);
  }

  /** Drops all rows from `rows` on, to undo a rejected record or file. */
  truncate(rows: number): void {
    for (let row = rows; row < this.length; row++) {
      const bit = 1 << (row & 7);
      if (this.validity[row >> 3] & bit) this.validity[row >> 3] &= ~bit;
      else this.nulls--;
    }
    if (this.length > rows) this.length = rows;
  }

  /** Sets a row that has a value to null. */
  clear(row: number): void {
    if (!this.has(row)) return;
    this.validity[row >> 3] &= ~(1 << (row & 7));
    this.nulls++;
  }

  /**
   * Empties the column and gives its memory back for other columns: its arrays must no longer be used. Returns the bytes that
   * become garbage.
   */
  release(): number {
    const freed = returnBuffer(this.validity.buffer) + this.releaseValues();
    this.validity = NO_BYTES;
    this.length = this.nulls = 0;
    return freed;
  }

  /** Gives the memory of the values back, as `release` does. */
  protected abstract releaseValues(): number;

  protected fillTo(row: number): void {
    if (row + 1 >= this.validity.length << 3) this.grow(row + 1);
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
    let rows = Math.max(this.validity.length << 3, INITIAL_ROWS);
    while (rows <= row) rows *= 2;
    const before = this.validity.length;
    this.validity = resized(this.validity, rows >> 3);
    // The rest of the memory may have been used before; for the other arrays its content does not matter.
    this.validity.fill(0, before);
    this.reserve(rows);
  }
}

/** Returns a copy of the array with a larger length, and gives the memory of the array back. The new elements have any value. */
export function resized<T extends Uint8Array | Int32Array | Float64Array>(array: T, length: number): T {
  const type = array.constructor as unknown as { new (buffer: ArrayBuffer): T; BYTES_PER_ELEMENT: number };
  const larger = new type(takeBuffer(length * type.BYTES_PER_ELEMENT));
  larger.set(array);
  returnBuffer(array.buffer);
  return larger;
}
