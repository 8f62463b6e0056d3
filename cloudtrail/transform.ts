/**
 * The contract between Trailmill and a user's transform. The build publishes the types of this file, and only them, as
 * `trailmill/transform`, so it imports nothing.
 */

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
export interface Row {
  /** The table of the row. A transform of log_source.yml is called for the rows of all tables. */
  readonly table: 'default' | 'insights' | 'digest';
  /**
   * The value of a column by its full name (`aws.cloudtrail.user_identity.arn`); null if it has no value, or if the table does
   * not have the column.
   */
  get(name: string): CellValue;
  /**
   * Sets a column of the table; null or undefined clears it. The value must have the column's type: a time is ISO 8601 text
   * with a time zone or a `Date`, a date is `YYYY-MM-DD` or a `Date`. `ts`, `event.id`,
   * `aws.cloudtrail.aggregated.event_id`, `aws.cloudtrail.recipient_account_id` and the columns that say where the row came
   * from cannot be set; `event.original` can.
   */
  set(name: string, value: CellValue | Date | undefined): void;
  /** The record as delivered; parsed on first access. */
  // biome-ignore lint/suspicious/noExplicitAny: it is whatever AWS delivers, and a cast at each level helps nobody.
  readonly record: { readonly [key: string]: any };
}

/**
 * The default export of a transform module. Returning the row, or nothing, keeps it; null drops it, which is counted in the
 * ledger. If it throws, the record is rejected with the reason `transform_error`; nothing else is affected.
 */
export type Transform = (row: Row) => Row | null | undefined;
