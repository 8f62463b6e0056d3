/** What a user's transform is, and what it sees of a row. This is the documented contract. */

/** Text, number, boolean; bigint for whole numbers beyond 2^53; times and dates as text; lists and structs as themselves. */
export type CellValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly CellValue[]
  | { readonly [member: string]: CellValue };

/**
 * One row before it is written, with its derived columns. It may be used only until the function returns. A column that
 * was computed from another is not computed again when that one is set.
 */
export interface TransformRow {
  /** The value of a column by its full name (`aws.cloudtrail.user_identity.arn`); null where there is none. */
  get(name: string): CellValue;
  /**
   * Sets a column; null or undefined empties it. The value must have the column's type: a time is ISO 8601 text with a
   * zone, or a `Date`, a date is `YYYY-MM-DD` or a `Date`. `ts`, `event.id`, `aws.cloudtrail.aggregated.event_id`,
   * `aws.cloudtrail.recipient_account_id` and the columns that the decoder writes cannot be set; `event.original` can.
   */
  set(name: string, value: CellValue | Date | undefined): void;
  /** The record as it was delivered, parsed when it is first asked for. */
  readonly record: Readonly<Record<string, unknown>>;
}

/** What the decoder passes to the realm of a transform. */
export interface DecodedRow extends TransformRow {
  /** The record as it was delivered, as text. */
  readonly recordText: string;
  /** Position of the record in its file. */
  readonly recordIndex: number;
}

/**
 * The default export of a transform's module. Returning the row, or nothing, keeps it; null drops it, which is counted in
 * the ledger. What it throws rejects the record, with the reason `transform_error`, and stops nothing else.
 */
export type Transform = (row: TransformRow) => TransformRow | null | undefined;
