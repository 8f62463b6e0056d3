/**
 * Values of DuckDB as text. Nothing is lost: whole numbers have all their digits, timestamps their microseconds, in UTC.
 * Lists, structs and maps are JSON.
 */
import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { printableJson } from '../text/printable.js';

const TIMESTAMPS = [
  DuckDBTimestampValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
];

/** The JSON text of a value. Not by way of JavaScript's numbers, which have 53 bits. */
function jsonOf(value: DuckDBValue): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  // JSON has no infinity and no NaN.
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : `"${value}"`;
  if (value instanceof DuckDBDecimalValue) return String(value);
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) {
    return `[${value.items.map(jsonOf).join(',')}]`;
  }
  if (value instanceof DuckDBStructValue) return objectOf(Object.entries(value.entries));
  // Keys of a map may be of any type.
  if (value instanceof DuckDBMapValue) {
    return `[${value.entries.map((entry) => objectOf(Object.entries(entry))).join(',')}]`;
  }
  if (value instanceof DuckDBUnionValue) return jsonOf(value.value);
  return printableJson(JSON.stringify(sqlValueText(value)));
}

/** A JSON object of these members, in this order. */
export function objectOf(members: readonly (readonly [name: string, value: DuckDBValue])[]): string {
  return `{${members.map(([name, value]) => `${printableJson(JSON.stringify(name))}:${jsonOf(value)}`).join(',')}}`;
}

/** The value as a cell of a table; `null` where there is none. */
export function sqlValueText(value: DuckDBValue): string | null {
  if (value === null) return null;
  if (typeof value === 'string') return value;
  if (value instanceof DuckDBTimestampTZValue) {
    const inUtc = isoOf(String(new DuckDBTimestampValue(value.micros)));
    return /\d$/.test(inUtc) ? `${inUtc}Z` : inUtc;
  }
  if (TIMESTAMPS.some((kind) => value instanceof kind)) return isoOf(String(value));
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  if (
    value instanceof DuckDBListValue ||
    value instanceof DuckDBArrayValue ||
    value instanceof DuckDBStructValue ||
    value instanceof DuckDBMapValue
  ) {
    return jsonOf(value);
  }
  if (value instanceof DuckDBUnionValue) return sqlValueText(value.value);
  return String(value);
}

function isoOf(text: string): string {
  return text.replace(' ', 'T');
}
