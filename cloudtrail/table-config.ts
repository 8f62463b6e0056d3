/** The tables of a run and what users add to them: created from the configuration, and used by the decoder. */
import type { ColumnType } from '../iceberg/types.js';

/** A managed table of a log source; also the key of its configuration. */
export type TableKey = 'default' | 'insights' | 'digest';

/** All table keys, in display order. */
export const TABLE_KEYS: readonly TableKey[] = ['default', 'insights', 'digest'];

/**
 * Returns the table for objects of a kind: `*Digest*` → digest, `*Insight*` → insights, everything else → default. This is
 * Matano's routing, and also covers the spelling `CloudTrail-Insight`.
 */
export function tableOf(kind: string): TableKey {
  if (kind.includes('Digest')) return 'digest';
  if (kind.includes('Insight')) return 'insights';
  return 'default';
}

/** Whether one of the tables is for objects of this kind. Objects without a table are entered in the ledger as skipped. */
export function isWanted(kind: string, tables: readonly { key: TableKey }[]): boolean {
  const wanted = tableOf(kind);
  return tables.some(({ key }) => key === wanted);
}

/**
 * How a value of the record is converted for a user's column. A value that cannot be converted becomes null.
 * - `text`: a string unchanged; numbers and booleans as text.
 * - `json`: the text of any value, as delivered.
 * - `integer`: a whole number, or a string that contains one.
 * - `number`: a number, or a string that contains one.
 * - `boolean`: true and false, and the strings "true" and "false".
 * - `time`: ISO 8601, as CloudTrail writes it: `2023-07-10T12:00:00Z`.
 * - `date`: `YYYY-MM-DD`, or the day of a time.
 */
export type UserConversion = 'text' | 'json' | 'integer' | 'number' | 'boolean' | 'time' | 'date';

/** A column that is not managed: added by a user, read from the record or filled by a transform. */
export interface UserColumn {
  /** Dotted name. */
  name: string;
  type: ColumnType;
  doc: string;
  /** The keys from the record to the value. The value is copied, so managed columns are not affected. */
  from?: readonly string[];
  /** Only with `from`. Absent for lists and structs: their members are looked up by name and converted by type. */
  convert?: UserConversion;
  /** The value if `from` is missing or null in the record; times are ISO 8601 text, dates `YYYY-MM-DD`. */
  default?: string | number | boolean;
}

/** A module that exports a transform. */
export interface TransformRef {
  /** Absolute path. */
  path: string;
  /** SHA-256 of the file, hex. */
  sha256: string;
  /**
   * SHA-256 of each module that it imports, packages included, by path relative to the directory of the file. Absent if it
   * imports none, and in runs that an older version started.
   */
  modules?: Readonly<Record<string, string>>;
}

/** A configured table. */
export interface TableConfig {
  key: TableKey;
  /** Iceberg table name. */
  name: string;
  /** Columns in addition to the managed ones. */
  columns: readonly UserColumn[];
  transform?: TransformRef;
}

/** The database files for lookups of derived columns. */
export interface EnrichConfig {
  /** Absolute paths of MMDB files. */
  geoip?: { city?: string; asn?: string };
}

/** Deduplication: an event that is delivered repeatedly is kept once per table. */
export interface DeduplicateConfig {
  /** Deliveries of an event that are more than this many days apart are not compared. */
  windowDays: number;
}
