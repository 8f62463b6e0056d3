/** Column buffers for primitive types other than strings. */
import { returnBuffer } from './buffers.js';
import { ColumnBuffer, NO_BYTES, NO_DOUBLES, NO_INTS, resized } from './column.js';

/** Booleans, one bit per row. */
export class BooleanColumn extends ColumnBuffer {
  values = NO_BYTES;

  get bytes(): number {
    return this.length >> 2;
  }

  append(value: boolean, row: number): void {
    this.fillTo(row);
    if (value) this.values[row >> 3] |= 1 << (row & 7);
    else this.values[row >> 3] &= ~(1 << (row & 7));
    this.markPresent(row);
  }

  protected override releaseValues(): number {
    const freed = returnBuffer(this.values.buffer);
    this.values = NO_BYTES;
    return freed;
  }

  protected override reserve(rows: number): void {
    this.values = resized(this.values, rows >> 3);
  }

  protected override writeNulls(from: number, to: number): void {
    for (let row = from; row < to; row++) this.values[row >> 3] &= ~(1 << (row & 7));
  }
}

/** 32-bit integers, and dates as days since 1970-01-01. */
export class IntColumn extends ColumnBuffer {
  values = NO_INTS;

  get bytes(): number {
    return this.length << 2;
  }

  append(value: number, row: number): void {
    this.fillTo(row);
    this.values[row] = value;
    this.markPresent(row);
  }

  protected override releaseValues(): number {
    const freed = returnBuffer(this.values.buffer);
    this.values = NO_INTS;
    return freed;
  }

  protected override reserve(rows: number): void {
    this.values = resized(this.values, rows);
  }

  protected override writeNulls(from: number, to: number): void {
    this.values.fill(0, from, to);
  }
}

/**
 * 64-bit integers; a double represents most of them exactly: byte counts, and timestamps in microseconds since the epoch (for
 * the years 1685 to 2255). Storing BigInts would allocate an object per value, so values are converted once at the end.
 */
export class LongColumn extends ColumnBuffer {
  values = NO_DOUBLES;
  /** Values, by row, that a double cannot represent exactly. They are rare, so allocating an object for each is fine. */
  private large: Map<number, bigint> | undefined;

  get bytes(): number {
    return this.length << 3;
  }

  append(value: number, row: number): void {
    this.fillTo(row);
    this.values[row] = value;
    this.markPresent(row);
  }

  /**
   * Appends a value that a double may not represent exactly.
   * @param near the approximation to store in `values`
   */
  appendExact(value: bigint, row: number, near = Number(value)): void {
    this.append(near, row);
    if (Number.isSafeInteger(near)) return;
    this.large ??= new Map();
    this.large.set(row, value);
  }

  /** Copies the value of a row of another column, or of this one. */
  copy(from: LongColumn, fromRow: number, row: number): void {
    const exact = from.large?.get(fromRow);
    if (exact === undefined) this.append(from.values[fromRow], row);
    else this.appendExact(exact, row, from.values[fromRow]);
  }

  /** The exact value of a row that is not null. */
  exact(row: number): bigint {
    return this.large?.get(row) ?? BigInt(this.values[row]);
  }

  /** The exact values, by row, of the rows for which `values` has only a rounded value. */
  get inexact(): ReadonlyMap<number, bigint> | undefined {
    return this.large;
  }

  override truncate(rows: number): void {
    if (this.large) for (let row = rows; row < this.length; row++) this.large.delete(row);
    super.truncate(rows);
  }

  protected override releaseValues(): number {
    const freed = returnBuffer(this.values.buffer);
    this.values = NO_DOUBLES;
    this.large = undefined;
    return freed;
  }

  protected override reserve(rows: number): void {
    this.values = resized(this.values, rows);
  }

  protected override writeNulls(from: number, to: number): void {
    this.values.fill(0, from, to);
  }
}

/** Floating-point numbers, stored as doubles until they are written. */
export class DoubleColumn extends ColumnBuffer {
  values = NO_DOUBLES;

  get bytes(): number {
    return this.length << 3;
  }

  append(value: number, row: number): void {
    this.fillTo(row);
    this.values[row] = value;
    this.markPresent(row);
  }

  protected override releaseValues(): number {
    const freed = returnBuffer(this.values.buffer);
    this.values = NO_DOUBLES;
    return freed;
  }

  protected override reserve(rows: number): void {
    this.values = resized(this.values, rows);
  }

  protected override writeNulls(from: number, to: number): void {
    this.values.fill(0, from, to);
  }
}
