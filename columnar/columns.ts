/**
 * Growable column buffers in Arrow's layout: values are copied straight into them, no object is made for a value.
 * A column may lag behind the row that is being written: the gap is filled with nulls by the next value or by `finish`.
 */

const INITIAL_ROWS = 256;
/** A copy of fewer bytes is cheaper by hand than as a view for the engine's memmove. */
const SHORT_BYTES = 64;

/** Validity bits, least significant first, 1 = present (Arrow columnar format, "Validity bitmaps"). */
abstract class Column {
  /** Rows that have a value or a null so far. */
  length = 0;
  nulls = 0;
  validity = new Uint8Array(INITIAL_ROWS >> 3);

  /** Bytes held for the values so far: what the memory limit counts. */
  abstract get bytes(): number;
  protected abstract reserve(rows: number): void;
  protected abstract writeNull(row: number): void;

  /** Has `row` (the last one written) a value? */
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

  protected fillTo(row: number): void {
    if (row >= this.validity.length << 3) this.grow(row);
    while (this.length < row) {
      this.writeNull(this.length++);
      this.nulls++;
    }
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

function resized<T extends Uint8Array | Int32Array | Float64Array>(array: T, length: number): T {
  const larger = new (array.constructor as new (length: number) => T)(length);
  larger.set(array);
  return larger;
}

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
    if (size < SHORT_BYTES) {
      const data = this.data;
      for (let i = from, j = start; i < to; ) data[j++] = source[i++];
    } else {
      // Not `subarray`, which makes a Buffer of a Buffer's part, at several times the price.
      this.data.set(new Uint8Array(source.buffer, source.byteOffset + from, size), start);
    }
    this.end = start + size;
    this.offsets[row + 1] = this.end;
    this.markPresent(row);
  }

  /**
   * Copies the inside of a short JSON string, from behind its opening quote, as the value of `row`: one pass instead of
   * two. Returns the offset of the closing quote; -1, with nothing done, for a string that has an escape or is not short.
   */
  appendQuoted(source: Uint8Array, from: number, row: number): number {
    if (this.end + SHORT_BYTES > this.data.length) this.reserveBytes(this.end + SHORT_BYTES);
    const { data, end } = this;
    const limit = from + SHORT_BYTES;
    let i = from;
    let j = end;
    for (;;) {
      const c = source[i];
      if (c === 34) break;
      // Not `c < 32`: behind the end of the source there is no number.
      if (c === 92 || !(c >= 32) || i === limit) return -1;
      data[j++] = c;
      i++;
    }
    this.fillTo(row);
    this.end = j;
    this.offsets[row + 1] = j;
    this.markPresent(row);
    return i;
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

  protected override writeNull(row: number): void {
    this.offsets[row + 1] = this.end;
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

  protected override writeNull(row: number): void {
    this.values[row >> 3] &= ~(1 << (row & 7));
  }
}

/** 32-bit integers. */
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

  protected override writeNull(row: number): void {
    this.values[row] = 0;
  }
}

/**
 * 64-bit integers that are exact in a double: byte counts, and timestamps in microseconds since the epoch
 * (years up to 2255). A BigInt a value would cost an object each; the conversion is done once, at the end.
 */
export class LongColumn extends Column {
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

  protected override writeNull(row: number): void {
    this.values[row] = 0;
  }
}

/** Lists: of strings (one child), or of structs of strings (a child for each field, in the order of the type). */
export class ListColumn extends Column {
  offsets = new Int32Array(INITIAL_ROWS + 1);
  readonly children: StringColumn[];
  /** Elements so far. */
  elements = 0;

  constructor(childCount: number) {
    super();
    this.children = Array.from({ length: childCount }, () => new StringColumn());
  }

  get bytes(): number {
    return this.children.reduce((sum, child) => sum + child.bytes, this.length << 2);
  }

  /** Starts the list of `row`, empty. Elements follow through `children[i].append(…, elements)` and `closeElement`. */
  open(row: number): void {
    this.fillTo(row);
    this.offsets[row + 1] = this.elements;
    this.markPresent(row);
  }

  closeElement(row: number): void {
    this.offsets[row + 1] = ++this.elements;
  }

  override finish(rows: number): void {
    super.finish(rows);
    for (const child of this.children) child.finish(this.elements);
  }

  override truncate(rows: number): void {
    if (this.length > rows) {
      this.elements = this.offsets[rows];
      for (const child of this.children) child.truncate(this.elements);
    }
    super.truncate(rows);
  }

  protected override reserve(rows: number): void {
    this.offsets = resized(this.offsets, rows + 1);
  }

  protected override writeNull(row: number): void {
    this.offsets[row + 1] = this.elements;
  }
}

export type AnyColumn = StringColumn | BooleanColumn | IntColumn | LongColumn | ListColumn;
