/**
 * Converts DuckDB values to text without loss: integers keep all digits, timestamps keep microseconds and are in UTC. Lists,
 * structs and maps become JSON.
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

/** The JSON text of a value. Does not convert to JavaScript numbers, which only have 53 bits. */
function jsonOf(value: DuckDBValue): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  // JSON cannot represent infinity and NaN.
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : `"${value}"`;
  if (value instanceof DuckDBDecimalValue) return String(value);
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) {
    return `[${value.items.map(jsonOf).join(',')}]`;
  }
  if (value instanceof DuckDBStructValue) return objectOf(Object.entries(value.entries));
  // Map keys can have any type.
  if (value instanceof DuckDBMapValue) {
    return `[${value.entries.map((entry) => objectOf(Object.entries(entry))).join(',')}]`;
  }
  if (value instanceof DuckDBUnionValue) return jsonOf(value.value);
  return printableJson(JSON.stringify(sqlValueText(value)));
}

/** The JSON text of an object with these members, in this order. `isJson`: the value is JSON text, and stays JSON. */
export function objectOf(members: readonly (readonly [name: string, value: DuckDBValue, isJson?: boolean])[]): string {
  return `{${members.map(([name, value, isJson]) => `${printableJson(JSON.stringify(name))}:${isJson ? embedded(value) : jsonOf(value)}`).join(',')}}`;
}

/** JSON text on one line. DuckDB's JSON can have NaN, which JSON does not have: such a value becomes a string. */
function embedded(value: DuckDBValue): string {
  if (typeof value !== 'string') return jsonOf(value);
  try {
    JSON.parse(value);
  } catch {
    return jsonOf(value);
  }
  // Control characters in JSON are only between its tokens: those in strings are escaped.
  return printableJson(value.replace(/[\n\r\t]+/g, ' ').trim());
}

/** The value as text for a table cell; `null` for SQL NULL. */
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
