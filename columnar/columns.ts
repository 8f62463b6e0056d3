/** The buffers of columns by what they hold. */
import { Column, INITIAL_ROWS, resized } from './column.js';
import type { ListColumn, StructColumn } from './nested.js';

export { ListColumn, StructColumn } from './nested.js';

export type AnyColumn =
  | StringColumn
  | BooleanColumn
  | IntColumn
  | LongColumn
  | DoubleColumn
  | ListColumn
  | StructColumn;

/** UTF-8 text: `offsets[row] .. offsets[row + 1]` are the bytes of a row. */
export class StringColumn extends Column {
  offsets = new Int32Array(INITIAL_ROWS + 1);
  data: Buffer = Buffer.allocUnsafeSlow(1024);
  /** End of the values in `data`. */
  end = 0;

  get bytes(): number {
    return this.end + (this.length << 2);
  }

  /** Copies `source[from..to)` as the value of `row`. */
  append(source: Uint8Array, from: number, to: number, row: number): void {
    this.fillTo(row);
    const size = to - from;
    const start = this.end;
    if (start + size > this.data.length) this.reserveBytes(start + size);
    // A short copy is cheaper by hand than the call into the engine's memmove.
    if (size < 48) {
      const data = this.data;
      for (let i = from, j = start; i < to; ) data[j++] = source[i++];
    } else {
      this.data.set(source.subarray(from, to), start);
    }
    this.end = start + size;
    this.offsets[row + 1] = this.end;
    this.markPresent(row);
  }

  /** Room for `total` bytes of values in all. */
  reserveBytes(total: number): void {
    let size = this.data.length;
    while (size < total) size *= 2;
    const larger = Buffer.allocUnsafeSlow(size);
    this.data.copy(larger, 0, 0, this.end);
    this.data = larger;
  }

  /** The value of the last written row as a JavaScript string; for the rare places that need one. */
  text(row: number): string {
    return this.data.toString('utf8', this.offsets[row], this.offsets[row + 1]);
  }

  override truncate(rows: number): void {
    if (this.length > rows) this.end = this.offsets[rows];
    super.truncate(rows);
  }

  protected override reserve(rows: number): void {
    this.offsets = resized(this.offsets, rows + 1);
  }

  protected override writeNulls(from: number, to: number): void {
    this.offsets.fill(this.end, from + 1, to + 1);
  }
}

/** Booleans, one bit a row. */
export class BooleanColumn extends Column {
  values = new Uint8Array(INITIAL_ROWS >> 3);

  get bytes(): number {
    return this.length >> 2;
  }

  append(value: boolean, row: number): void {
    this.fillTo(row);
    if (value) this.values[row >> 3] |= 1 << (row & 7);
    else this.values[row >> 3] &= ~(1 << (row & 7));
    this.markPresent(row);
  }

  protected override reserve(rows: number): void {
    this.values = resized(this.values, rows >> 3);
  }

  protected override writeNulls(from: number, to: number): void {
    for (let row = from; row < to; row++) this.values[row >> 3] &= ~(1 << (row & 7));
  }
}

/** 32-bit integers, and dates as days since 1970-01-01. */
export class IntColumn extends Column {
  values = new Int32Array(INITIAL_ROWS);

  get bytes(): number {
    return this.length << 2;
  }

  append(value: number, row: number): void {
    this.fillTo(row);
    this.values[row] = value;
    this.markPresent(row);
  }

  protected override reserve(rows: number): void {
    this.values = resized(this.values, rows);
  }

  protected override writeNulls(from: number, to: number): void {
    this.values.fill(0, from, to);
  }
}

/**
 * 64-bit integers that are exact in a double: byte counts, and timestamps in microseconds since the epoch
 * (years up to 2255). A BigInt a value would cost an object each; the conversion is done once, at the end.
 */
export class LongColumn extends Column {
  values = new Float64Array(INITIAL_ROWS);
  /** Values by row that are not exact in a double: so rare that an object each does not matter. */
  private large: Map<number, bigint> | undefined;

  get bytes(): number {
    return this.length << 3;
  }

  append(value: number, row: number): void {
    this.fillTo(row);
    this.values[row] = value;
    this.markPresent(row);
  }

  /** A value that a double may not hold. */
  appendExact(value: bigint, row: number): void {
    this.append(Number(value), row);
    if (!Number.isSafeInteger(this.values[row])) {
      this.large ??= new Map();
      this.large.set(row, value);
    }
  }

  /** The exact value of a row that has one. */
  exact(row: number): bigint {
    return this.large?.get(row) ?? BigInt(this.values[row]);
  }

  override truncate(rows: number): void {
    if (this.large) for (const row of this.large.keys()) if (row >= rows) this.large.delete(row);
    super.truncate(rows);
  }

  protected override reserve(rows: number): void {
    this.values = resized(this.values, rows);
  }

  protected override writeNulls(from: number, to: number): void {
    this.values.fill(0, from, to);
  }
}

/** Floating-point numbers, kept as doubles until they are written. */
export class DoubleColumn extends Column {
  values = new Float64Array(INITIAL_ROWS);

  get bytes(): number {
    return this.length << 3;
  }

  append(value: number, row: number): void {
    this.fillTo(row);
    this.values[row] = value;
    this.markPresent(row);
  }

  protected override reserve(rows: number): void {
    this.values = resized(this.values, rows);
  }

  protected override writeNulls(from: number, to: number): void {
    this.values.fill(0, from, to);
  }
}
