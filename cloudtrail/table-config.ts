/** The tables of a run, and what users add to them: what the configuration becomes, and what the decoder starts from. */
import type { ColumnType } from '../iceberg/types.js';

/** Which of the managed tables of a log source: also the key of its configuration. */
export type TableKey = 'default' | 'insights' | 'digest';

/** In the order in which they are shown. */
export const TABLE_KEYS: readonly TableKey[] = ['default', 'insights', 'digest'];

/**
 * The table of objects of a kind: `*Digest*` → digest, `*Insight*` → insights, all else → default. It is the routing of Matano,
 * and also takes the spelling `CloudTrail-Insight`.
 */
export function tableOf(kind: string): TableKey {
  if (kind.includes('Digest')) return 'digest';
  if (kind.includes('Insight')) return 'insights';
  return 'default';
}

/** Is there a table for objects of this kind? Objects without one are entered in the ledger as skipped. */
export function isWanted(kind: string, tables: readonly { key: TableKey }[]): boolean {
  const wanted = tableOf(kind);
  return tables.some(({ key }) => key === wanted);
}

/**
 * How a value of the record becomes a value of a user's column. What cannot be converted leaves null.
 * - `text`: a string as it is; numbers and booleans as their text.
 * - `json`: the text of any value, as it was delivered.
 * - `integer`: a number without a fraction, or a string of one.
 * - `number`: a number, or a string of one.
 * - `boolean`: true and false, and the strings "true" and "false".
 * - `time`: ISO 8601, as CloudTrail writes it: `2023-07-10T12:00:00Z`.
 * - `date`: the same, or `YYYY-MM-DD`: its day.
 */
export type UserConversion = 'text' | 'json' | 'integer' | 'number' | 'boolean' | 'time' | 'date';

/** A column that is not managed: one that a user added, or that every table has for a transform to fill. */
export interface UserColumn {
  /** Dotted. */
  name: string;
  type: ColumnType;
  doc: string;
  /** The keys from the record to the value. A copy: it takes nothing away from the managed columns. */
  from?: readonly string[];
  /** With `from`. Absent for lists and structs: their members are found by their names and converted by their types. */
  convert?: UserConversion;
  /** For records in which `from` is missing or null; a time is ISO 8601 text, a date `YYYY-MM-DD`. */
  default?: string | number | boolean;
}

/** A file that exports a function over rows. */
export interface TransformRef {
  /** Absolute. */
  path: string;
  /** Of its bytes, hex. */
  sha256: string;
  /**
   * The same of each module that it imports, packages included, by its path from the directory of the file. Absent where
   * it imports none, and in runs that an older version started.
   */
  modules?: Readonly<Record<string, string>>;
}

/** A configured table. */
export interface TableConfig {
  key: TableKey;
  /** Iceberg table name. */
  name: string;
  /** Beside the managed ones. */
  columns: readonly UserColumn[];
  transform?: TransformRef;
}

/** The files that derived columns look up in. */
export interface EnrichConfig {
  /** Absolute paths of MMDB files. */
  geoip?: { city?: string; asn?: string };
}

/** Repeated events are kept once a table. */
export interface DeduplicateConfig {
  /** Two deliveries of an event that are further apart than so many days are not compared. */
  windowDays: number;
}
