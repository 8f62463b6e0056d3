/** The interface of a user's transform and its view of a row. This is the documented contract. */

/** Text, number, boolean; bigint for whole numbers above 2^53; times and dates as text; lists as arrays and structs as objects. */
export type CellValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly CellValue[]
  | { readonly [member: string]: CellValue };

/**
 * A row before it is written, including its derived columns. It may be used only until the function returns. Setting a
 * column does not recompute the columns derived from it.
 */
export interface TransformRow {
  /** The value of a column by its full name (`aws.cloudtrail.user_identity.arn`); null if it has none. */
  get(name: string): CellValue;
  /**
   * Sets a column; null or undefined clears it. The value must have the column's type: a time is ISO 8601 text with a time
   * zone or a `Date`, a date is `YYYY-MM-DD` or a `Date`. `ts`, `event.id`, `aws.cloudtrail.aggregated.event_id`,
   * `aws.cloudtrail.recipient_account_id` and the columns that the decoder writes cannot be set; `event.original` can.
   */
  set(name: string, value: CellValue | Date | undefined): void;
  /** The record as delivered; parsed on first access. */
  readonly record: Readonly<Record<string, unknown>>;
}

/** The row that the decoder passes to the realm of a transform. */
export interface DecodedRow extends TransformRow {
  /** The text of the record as delivered. */
  readonly recordText: string;
  /** Position of the record in its file, from 0. */
  readonly recordIndex: number;
}

/**
 * The default export of a transform module. Returning the row, or nothing, keeps it; null drops it, which is counted in the
 * ledger. If it throws, the record is rejected with the reason `transform_error`; nothing else is affected.
 */
export type Transform = (row: TransformRow) => TransformRow | null | undefined;
