/** Column values as JavaScript values, for defaults and transforms. The decoder itself does not create any. */
import { types } from 'node:util';
import { BooleanColumn, DoubleColumn, IntColumn, LongColumn } from '../../columnar/columns.js';
import { type AnyColumn, ListColumn, type StructColumn } from '../../columnar/nested.js';
import { StringColumn } from '../../columnar/string-column.js';
import type { ColumnType, PrimitiveType } from '../../iceberg/types.js';
import type { CellValue } from '../transform.js';
import { epochDayOf, lastMicros, MICROS_A_DAY, parseDate, parseTimestamp } from './timestamp.js';

/** Returns the value of a row: null if there is none; times, dates, lists and structs as in `CellValue`. */
export function readValue(column: AnyColumn, type: ColumnType, row: number): CellValue {
  if (!column.has(row)) return null;
  if (column instanceof StringColumn) return column.text(row);
  if (column instanceof BooleanColumn) return (column.values[row >> 3] & (1 << (row & 7))) !== 0;
  if (column instanceof DoubleColumn) return column.values[row];
  if (column instanceof IntColumn) return type === 'date' ? dateText(column.values[row]) : column.values[row];
  if (column instanceof LongColumn) {
    if (type === 'timestamptz') return timeText(column.exact(row));
    const exact = column.exact(row);
    return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
  }
  if (column instanceof ListColumn) {
    const { offsets, child } = column;
    const { list } = type as { list: ColumnType };
    const length = offsets[row + 1] - offsets[row];
    return Array.from({ length }, (_, at) => readValue(child, list, offsets[row] + at));
  }
  const { struct } = type as Extract<ColumnType, { struct: unknown }>;
  return Object.fromEntries(
    struct.map((member, at) => [member.name, readValue(column.children[at], member.type, row)]),
  );
}

/** `2023-07-10T12:00:00Z`, with a fraction if there is one. */
function timeText(micros: bigint): string {
  const fraction = Number(((micros % 1_000_000n) + 1_000_000n) % 1_000_000n);
  const second = Number((micros - BigInt(fraction)) / 1_000_000n);
  const text = new Date(second * 1000).toISOString().slice(0, -5);
  return fraction === 0 ? `${text}Z` : `${text}.${String(fraction).padStart(6, '0').replace(/0+$/, '')}Z`;
}

const dateText = (days: number): string => new Date((days * MICROS_A_DAY) / 1000).toISOString().slice(0, 10);

/** Writes a value into the current row; null writes nothing. Throws a `TypeError` that says what is expected. */
export function writeValue(column: AnyColumn, type: ColumnType, value: unknown, row: number): void {
  if (value === null || value === undefined) return;
  if (typeof type === 'string') writePrimitive(column, type, value, row);
  else if ('list' in type) {
    if (!Array.isArray(value)) throw unfit('a list', value);
    const list = column as ListColumn;
    list.open(row);
    for (const element of value) {
      writeValue(list.child, type.list, element, list.elements);
      list.closeElement(row);
    }
  } else writeStruct(column as StructColumn, type.struct, value, row);
}

function writeStruct(
  column: StructColumn,
  members: readonly { name: string; type: ColumnType }[],
  value: unknown,
  row: number,
): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unfit('an object', value);
  const unknown = Object.keys(value).find((key) => !members.some(({ name }) => name === key));
  if (unknown !== undefined)
    throw new TypeError(`there is no member ${unknown}; the members are ${members.map(({ name }) => name).join(', ')}`);
  column.open(row);
  members.forEach(({ name, type }, at) => {
    writeValue(column.children[at], type, (value as Record<string, unknown>)[name], row);
  });
}

function writePrimitive(column: AnyColumn, type: PrimitiveType, value: unknown, row: number): void {
  if (column instanceof StringColumn) {
    if (typeof value !== 'string') throw unfit('text', value);
    const bytes = Buffer.from(value);
    column.append(bytes, 0, bytes.length, row);
  } else if (column instanceof BooleanColumn) {
    if (typeof value !== 'boolean') throw unfit('true or false', value);
    column.append(value, row);
  } else if (column instanceof DoubleColumn) {
    if (typeof value !== 'number') throw unfit('a number', value);
    column.append(value, row);
  } else if (column instanceof IntColumn) column.append(type === 'date' ? daysOf(value) : intOf(value), row);
  else if (column instanceof LongColumn) {
    if (type === 'timestamptz') {
      const { near, micros } = timeOf(value);
      column.appendExact(micros, row, near);
    } else column.appendExact(longOf(value), row);
  } else throw new Error(`a nested column for ${type}`);
}

function intOf(value: unknown): number {
  if (typeof value !== 'number' || (value | 0) !== value) throw unfit('a whole number of at most 32 bits', value);
  return value;
}

function longOf(value: unknown): bigint {
  const isWhole = typeof value === 'bigint' || Number.isSafeInteger(value);
  const exact = isWhole ? BigInt(value as number | bigint) : undefined;
  if (exact === undefined || BigInt.asIntN(64, exact) !== exact)
    throw unfit('a whole number of at most 64 bits (above 2^53 as a bigint)', value);
  return exact;
}

/** The time of a text or a Date in microseconds: exact, and as a double (see `parseTimestamp`). */
function timeOf(value: unknown): { near: number; micros: bigint } {
  const text = types.isDate(value) ? isoOf(value) : value;
  const near = typeof text === 'string' ? parseTimestamp(Buffer.from(text), 0, Buffer.byteLength(text)) : Number.NaN;
  if (Number.isNaN(near)) throw unfit('a time such as 2023-07-10T12:00:00Z, in the years 1 to 9999', value);
  return { near, micros: Number.isSafeInteger(near) ? BigInt(near) : lastMicros() };
}

/**
 * ISO 8601 text of a Date; empty for an invalid one. Does not call the Date's own methods, which a transform may have
 * overridden.
 */
function isoOf(date: Date): string {
  const time = Date.prototype.getTime.call(date);
  return Number.isNaN(time) ? '' : Date.prototype.toISOString.call(date);
}

function daysOf(value: unknown): number {
  const isDate = typeof value === 'string' && value.length === 10;
  const days = isDate
    ? parseDate(Buffer.from(value), 0)
    : types.isDate(value)
      ? epochDayOf(timeOf(value).near)
      : Number.NaN;
  if (Number.isNaN(days)) throw unfit('a date such as 2023-07-10', value);
  return days;
}

function unfit(expected: string, value: unknown): TypeError {
  const shown = typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? String(value));
  return new TypeError(`expected ${expected}, got ${shown.length > 60 ? `${shown.slice(0, 60)}…` : shown}`);
}
