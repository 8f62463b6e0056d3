/** Runs a transform over the current row, through one view that is reused for all rows. */
import { types } from 'node:util';
import { nearest } from '../../text/nearest.js';
import type { CloudTrailColumn } from '../columns/column.js';
import { ACCOUNT_COLUMN, AGGREGATED_EVENT_COLUMN, EVENT_COLUMN } from '../event-ids.js';
import type { TableKey } from '../table-config.js';
import type { CellValue, Row, Transform } from '../transform.js';
import type { DayRows } from './day-rows.js';
import { readValue, writeValue } from './row-values.js';

/** Maximum characters of an error message: it may contain the whole record. */
const MAX_MESSAGE = 1000;

/** Columns that identify duplicate events, which are left out: if a transform could set them, other events would disappear. */
const IDENTITY: readonly string[] = [EVENT_COLUMN, AGGREGATED_EVENT_COLUMN, ACCOUNT_COLUMN];

/** Whether changing the column would assign the row to another day, event or file. `event.original` is informational only. */
function isFixed(column: CloudTrailColumn): boolean {
  const byDecoder = column.kind === 'decoder' && column.role !== 'original';
  return byDecoder || column.kind === 'time' || IDENTITY.includes(column.name);
}

/** The row that the decoder passes to the realm of a transform. */
export interface DecodedRow extends Row {
  /** The text of the record as delivered. */
  readonly recordText: string;
  /** Position of the record in its file, from 0. */
  readonly recordIndex: number;
}

/** The row passed to a transform. One view is reused for all rows, so it is valid only while the transform runs. */
export class RowView implements DecodedRow {
  private readonly indexes: ReadonlyMap<string, number>;
  private rows: DayRows | undefined;
  private row = 0;
  private text: Uint8Array = new Uint8Array(0);
  private parsed: Record<string, unknown> | undefined;

  constructor(
    private readonly columns: readonly CloudTrailColumn[],
    private readonly transform: Transform,
    /** Shown to the transform. */
    readonly table: TableKey = 'default',
  ) {
    this.indexes = new Map(columns.map(({ name }, index) => [name, index]));
  }

  /**
   * Calls the transform for the row after the last counted one.
   * @param text the record as delivered, UTF-8
   * @returns whether the row is kept; an error message if the transform threw
   */
  run(rows: DayRows, text: Uint8Array): boolean | string {
    this.rows = rows;
    this.row = rows.rows;
    this.text = text;
    this.parsed = undefined;
    try {
      return this.isKept(this.transform(this));
    } catch (error) {
      return describeThrown(error);
    } finally {
      this.rows = undefined;
    }
  }

  private isKept(result: unknown): boolean {
    if (result === null) return false;
    if (result === undefined || result === this) return true;
    const isPromise = typeof (result as PromiseLike<unknown>).then === 'function';
    // Its rejection would otherwise be unhandled.
    if (isPromise) void Promise.resolve(result as PromiseLike<unknown>).catch(() => {});
    throw new TypeError(
      `a transform must return the row, nothing or null, not ${isPromise ? 'a promise: it cannot be asynchronous' : typeof result}`,
    );
  }

  get(name: string): CellValue {
    const rows = this.live();
    // Not an error: one module may serve several tables, which have different columns.
    const index = this.indexes.get(name);
    return index === undefined ? null : readValue(rows.columns[index], this.columns[index].type, this.row);
  }

  set(name: string, value: CellValue | Date | undefined): void {
    const index = this.indexOf(name);
    const column = this.columns[index];
    if (isFixed(column)) throw new TypeError(`${name} cannot be set: it identifies the record or its source`);
    const buffer = this.live().columns[index];
    buffer.truncate(this.row);
    try {
      writeValue(buffer, column.type, value, this.row);
    } catch (error) {
      // A list may have been written in part.
      buffer.truncate(this.row);
      throw new TypeError(`${name}: ${(error as Error).message}`);
    }
  }

  get record(): Readonly<Record<string, unknown>> {
    this.live();
    this.parsed ??= JSON.parse(this.recordText) as Record<string, unknown>;
    return this.parsed;
  }

  get recordText(): string {
    this.live();
    const { buffer, byteOffset, length } = this.text;
    return Buffer.from(buffer, byteOffset, length).toString('utf8');
  }

  get recordIndex(): number {
    return this.live().recordIndexOf(this.row);
  }

  private live(): DayRows {
    if (this.rows === undefined) throw new TypeError('the row was used after the transform had returned');
    return this.rows;
  }

  private indexOf(name: string): number {
    const index = this.indexes.get(name);
    if (index !== undefined) return index;
    const meant = nearest(name, [...this.indexes.keys()]);
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
    throw new TypeError(`the table (row.table is '${this.table}') has no column ${name}${hint}`);
  }
}

/** Describes a thrown value, which may have no text, or throw when it is converted to text. */
export function describeThrown(error: unknown): string {
  try {
    if (!types.isNativeError(error)) return wellFormed(`It threw ${shortText(error)}`);
    return wellFormed(`${shortText(error.name)}: ${shortText(error.message)}`);
  } catch {
    return 'It threw a value that cannot be converted to text';
  }
}

/** Truncated before it is concatenated: the text may already have the maximum length of a string. */
function shortText(value: unknown): string {
  return (typeof value === 'string' ? value : String(value)).slice(0, MAX_MESSAGE);
}

function wellFormed(text: string): string {
  return text.slice(0, MAX_MESSAGE).toWellFormed();
}
