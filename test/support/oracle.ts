/**
 * The content of a CloudTrail file, according to `JSON.parse`: slow, simple, and with nothing in common with the byte decoder
 * except the column table. The tests compare the two.
 */
import { isDeepStrictEqual } from 'node:util';
import type { CloudTrailColumn, DirectColumn } from '../../cloudtrail/columns/column.js';
import { DEFAULT_TABLE_COLUMNS } from '../../cloudtrail/columns/default.js';
import { DIGEST_TABLE_COLUMNS } from '../../cloudtrail/columns/digest.js';
import { INSIGHTS_TABLE_COLUMNS } from '../../cloudtrail/columns/insights.js';
import type { FileForm } from '../../cloudtrail/decoder/decoded-file.js';
import { FileDecoder } from '../../cloudtrail/decoder/file-decoder.js';
import { isObject, type JsonObject, type Place, placesOf, rowsOf as readRows, rebuild, setOwn } from './columns.js';
import { derive, deriveDigest, deriveInsight } from './oracle-derived.js';
import { AnyOrder, convert, JsonText, NumberText, Original, portableAgrees, Rounded } from './oracle-values.js';

export type OracleRow = Record<string, unknown>;
export interface OracleFile {
  /** By days since 1970-01-01, in the order of the file. */
  days: Map<number, OracleRow[]>;
  rejects: { index: number; reason: string }[];
}
export type Unreadable = 'invalid_json' | 'not_a_trail_file' | 'not_a_digest';

/** A table as the oracle knows it. */
export interface OracleTable {
  columns: readonly CloudTrailColumn[];
  form: FileForm;
  /** Fills the derived columns. */
  derive(row: OracleRow, record: JsonObject): void;
}

export const DEFAULT_TABLE: OracleTable = { columns: DEFAULT_TABLE_COLUMNS, form: 'records', derive };
export const INSIGHTS_TABLE: OracleTable = {
  columns: INSIGHTS_TABLE_COLUMNS,
  form: 'records',
  derive: deriveInsight,
};
export const DIGEST_TABLE: OracleTable = { columns: DIGEST_TABLE_COLUMNS, form: 'digest', derive: deriveDigest };

/** The records of a parsed file. */
function recordsOf(file: unknown, form: FileForm): unknown[] | Unreadable {
  if (form === 'digest') return isObject(file) && Object.hasOwn(file, 'digestEndTime') ? [file] : 'not_a_digest';
  // A duplicate "Records" can no longer be seen here: the tests of that case say themselves what they expect.
  if (isObject(file) && Array.isArray(file.Records) && Object.keys(file).length === 1) return file.Records;
  const isRecord = (value: unknown): boolean =>
    isObject(value) && (Object.hasOwn(value, 'eventVersion') || Object.hasOwn(value, 'eventTime'));
  if (Array.isArray(file) && (file.length === 0 || isRecord(file[0]))) return file;
  return isRecord(file) && !Object.hasOwn(file as JsonObject, 'Records') ? [file] : 'not_a_trail_file';
}

/** The whole file, or why it cannot be read. Bytes that are not UTF-8 become U+FFFD. */
export function oracle(bytes: Uint8Array, uri: string, table = DEFAULT_TABLE): OracleFile | Unreadable {
  let file: unknown;
  try {
    file = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return 'invalid_json';
  }
  const records = recordsOf(file, table.form);
  if (typeof records === 'string') return records;
  const result: OracleFile = { days: new Map(), rejects: [] };
  records.forEach((record: unknown, index) => {
    const row = rowOf(record, index, uri, table);
    if (typeof row === 'string') {
      result.rejects.push({ index, reason: row });
      return;
    }
    const day = Number((row.ts as bigint) / 86_400_000_000n) - ((row.ts as bigint) % 86_400_000_000n < 0n ? 1 : 0);
    if (!result.days.has(day)) result.days.set(day, []);
    result.days.get(day)?.push(row);
  });
  return result;
}

/** The row of a record, or the reason why it is rejected. */
function rowOf(record: unknown, index: number, uri: string, table = DEFAULT_TABLE): OracleRow | string {
  if (!isObject(record)) return 'not_an_object';
  const row: OracleRow = Object.fromEntries(table.columns.map((column) => [column.name, null]));
  const left = split(record, placesOf(table.columns), row);
  const time =
    table.form === 'digest' ? ['digestEndTime', 'aws.cloudtrail.digest.end_time'] : ['eventTime', 'event.created'];
  row.ts = row[time[1]] ?? row['aws.cloudtrail.aggregated.window_start'] ?? null;
  if (Object.hasOwn(record, time[0]) && record[time[0]] !== null && row[time[1]] === null)
    return isOutside(record[time[0]]) ? 'event_time_out_of_range' : 'bad_event_time';
  if (row.ts === null) return 'no_event_time';
  if (Object.keys(left.unmapped).length > 0) row['aws.cloudtrail.unmapped'] = new JsonText(left.unmapped);
  if (Object.keys(left.empty).length > 0) row['aws.cloudtrail.empty_members'] = new JsonText(left.empty);
  row['event.original'] = new Original(record);
  row['aws.cloudtrail.record_index'] = index;
  row['log.file.path'] = uri;
  table.derive(row, record);
  return row;
}

/** Whether it is a calendar time that no column can hold: one outside of the years 1 to 9999 in UTC. */
function isOutside(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  if (/^(?:[+-]?\d{5,6}|-\d{4})-\d\d-\d\d[Tt ]/.test(value)) return true;
  const [, date, clock] =
    /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/.exec(value) ?? [];
  const text = `${date}T${clock}.000Z`;
  const at = new Date(text);
  return date !== undefined && !Number.isNaN(at.getTime()) && at.toISOString() === text;
}

/** Puts the members of `object` into columns and returns what does not fit. */
function split(object: JsonObject, place: Place, row: OracleRow): { unmapped: JsonObject; empty: JsonObject } {
  const unmapped: JsonObject = {};
  const empty: JsonObject = {};
  for (const key of Object.keys(object)) {
    const value = object[key];
    const at = place.members.get(key);
    if (!at?.mapped) {
      setOwn(unmapped, key, value);
      if (at) copies(value, at, row);
    } else if (value === null) setOwn(empty, key, null);
    else if (at.column) {
      if (!store(at.column, value, row)) setOwn(unmapped, key, value);
      else if (Array.isArray(value) && value.length === 0 && typeof at.column.as === 'object') setOwn(empty, key, []);
      copies(value, at, row);
    } else {
      for (const column of at.copies) store(column, value, row);
      if (!isObject(value)) setOwn(unmapped, key, value);
      else if (Object.keys(value).length === 0) setOwn(empty, key, {});
      else {
        const inner = split(value, at, row);
        if (Object.keys(inner.unmapped).length > 0) setOwn(unmapped, key, inner.unmapped);
        if (Object.keys(inner.empty).length > 0) setOwn(empty, key, inner.empty);
      }
    }
  }
  return { unmapped, empty };
}

/** Fills the columns that only read: those of this value, and of its members. */
function copies(value: unknown, place: Place, row: OracleRow): void {
  if (value === null) return;
  for (const column of place.copies) store(column, value, row);
  for (const [key, at] of place.members) if (isObject(value) && Object.hasOwn(value, key)) copies(value[key], at, row);
}

/** True if the column represents exactly what was delivered. */
function store(column: DirectColumn, value: unknown, row: OracleRow): boolean {
  const { stored, exact } = convert(column.as, column.type, value);
  row[column.name] = stored;
  return exact;
}

/**
 * Decodes the file, compares every row and reject with the oracle's and every rebuilt record with the delivered one.
 * @returns the rows in the order of the file
 */
export function checkFile(
  text: string | Uint8Array,
  decoder?: FileDecoder,
  table: OracleTable = DEFAULT_TABLE,
): OracleRow[] {
  const used = decoder ?? new FileDecoder(table.columns, table.form);
  const bytes = Buffer.from(text as string);
  const decoded = used.decode(bytes, 'file:///f');
  const expected = oracle(bytes, 'file:///f', table) as OracleFile;
  const records = recordsOf(JSON.parse(new TextDecoder().decode(bytes)), table.form);
  expect(decoded.records).toBe(records.length);
  expect(decoded.rejects.map(({ index, reason }) => ({ index, reason }))).toEqual(expected.rejects);
  const days = new Map(used.take().map((rows) => [rows.day, readRows(rows)]));
  expect([...days.keys()].sort()).toEqual([...expected.days.keys()].sort());
  for (const [day, rows] of days) {
    const wrong = rows.flatMap((row, at) => differences(row, (expected.days.get(day) as OracleRow[])[at] ?? {}, table));
    expect([day, rows.length, wrong]).toEqual([day, expected.days.get(day)?.length, []]);
    for (const row of rows) expect(isDeepStrictEqual(rebuild(row, table.columns), records[indexOf(row)])).toBe(true);
  }
  return [...days.values()].flat().sort((a, b) => indexOf(a) - indexOf(b));
}

export const indexOf = (row: OracleRow): number => row['aws.cloudtrail.record_index'] as number;

/**
 * Does a column's value agree with the oracle's?
 * @param changed may JSON text be changed, as it may if `event.original` has the delivered one?
 */
function agrees(actual: unknown, expected: unknown, changed = false): boolean {
  if (expected instanceof Original)
    return actual === null || isDeepStrictEqual(JSON.parse(actual as string), expected.value);
  if (expected instanceof JsonText) {
    if (typeof actual !== 'string') return false;
    const parsed = JSON.parse(actual);
    return changed ? portableAgrees(parsed, expected.value) : isDeepStrictEqual(parsed, expected.value);
  }
  if (expected instanceof NumberText)
    return typeof actual === 'string' && Object.is(JSON.parse(actual), expected.value);
  if (expected instanceof Rounded) return actual !== null && Number(actual) === expected.value;
  if (expected instanceof AnyOrder)
    return Array.isArray(actual) && isDeepStrictEqual([...actual].sort(), [...expected.values].sort());
  if (Array.isArray(actual) && Array.isArray(expected) && actual.length === expected.length)
    return actual.every((element, index) => agrees(element, expected[index], changed));
  if (isObject(actual) && isObject(expected))
    return Object.keys(expected).every((name) => agrees(actual[name], expected[name], changed));
  return isDeepStrictEqual(actual, expected);
}

/** Names of the columns in which a row differs. */
export function differences(actual: OracleRow, expected: OracleRow, { columns } = DEFAULT_TABLE): string[] {
  const changed = actual['event.original'] !== null;
  return columns.map(({ name }) => name).filter((name) => !agrees(actual[name], expected[name], changed));
}
