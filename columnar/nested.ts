/** Column buffers for nested types: lists and structs that contain other columns. */
import { returnBuffer } from './buffers.js';
import { ColumnBuffer, NO_INTS, resized } from './column.js';
import type { BooleanColumn, DoubleColumn, IntColumn, LongColumn } from './columns.js';
import type { StringColumn } from './string-column.js';

/** The buffer of a column of any type. */
export type AnyColumn =
  | StringColumn
  | BooleanColumn
  | IntColumn
  | LongColumn
  | DoubleColumn
  | ListColumn
  | StructColumn;

/** Lists: the elements of a row are `child[offsets[row] .. offsets[row + 1]]`. */
export class ListColumn<Child extends AnyColumn = AnyColumn> extends ColumnBuffer {
  offsets = NO_INTS;
  /** Number of elements so far. */
  elements = 0;

  constructor(readonly child: Child) {
    super();
  }

  get bytes(): number {
    return this.child.bytes + (this.length << 2);
  }

  /**
   * Starts an empty list in `row`. For each element: write it to `child` at `elements`, or leave it null; then call
   * `closeElement`.
   */
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
    this.child.finish(this.elements);
  }

  override truncate(rows: number): void {
    if (this.length > rows) {
      this.elements = this.offsets[rows];
      this.child.truncate(this.elements);
    }
    super.truncate(rows);
  }

  protected override releaseValues(): number {
    const freed = returnBuffer(this.offsets.buffer) + this.child.release();
    this.offsets = NO_INTS;
    this.elements = 0;
    return freed;
  }

  protected override reserve(rows: number): void {
    this.offsets = resized(this.offsets, rows);
    // The memory may contain old data.
    this.offsets[0] = 0;
  }

  protected override writeNulls(from: number, to: number): void {
    this.offsets.fill(this.elements, from + 1, to + 1);
  }
}

/** Structs that can be null; the members have the same row numbers. */
export class StructColumn extends ColumnBuffer {
  /** @param names names of the members, in the order of `children` */
  constructor(
    readonly names: readonly string[],
    readonly children: readonly AnyColumn[],
  ) {
    super();
  }

  get bytes(): number {
    return this.children.reduce((sum, child) => sum + child.bytes, this.length >> 3);
  }

  /** Makes the struct in `row` non-null; its members are written to `children` at the same row, or left null. */
  open(row: number): void {
    this.fillTo(row);
    this.markPresent(row);
  }

  override finish(rows: number): void {
    super.finish(rows);
    for (const child of this.children) child.finish(rows);
  }

  override truncate(rows: number): void {
    for (const child of this.children) child.truncate(rows);
    super.truncate(rows);
  }

  protected override releaseValues(): number {
    return this.children.reduce((freed, child) => freed + child.release(), 0);
  }

  protected override reserve(): void {}

  protected override writeNulls(): void {}
}
