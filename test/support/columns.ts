/** Reads values from row sets and rebuilds records from rows, with the column table alone. */
import type { CloudTrailColumn, Conversion, DirectColumn, Shape } from '../../cloudtrail/columns/column.js';
import { MILLIS_A_DAY } from '../../cloudtrail/decoder/timestamp.js';
import { BooleanColumn, DoubleColumn, IntColumn, LongColumn } from '../../columnar/columns.js';
import { type AnyColumn, ListColumn } from '../../columnar/nested.js';
import type { RowSet } from '../../columnar/row-set.js';
import { StringColumn } from '../../columnar/string-column.js';
import type { ColumnType } from '../../iceberg/types.js';

export type Row = Record<string, unknown>;
export type JsonObject = Record<string, unknown>;
export interface Place {
  /** The column that consumes the value. */
  column?: DirectColumn;
  copies: DirectColumn[];
  /** Is there a consuming column here or below? */
  mapped: boolean;
  members: Map<string, Place>;
}

const pathOf = (column: DirectColumn): readonly string[] => column.keys ?? column.path.split('.');
const place = (): Place => ({ copies: [], mapped: false, members: new Map() });

/** A column consumes what it reads, unless it is a copy or below another that consumes the whole. */
function consumes(column: CloudTrailColumn, table: readonly CloudTrailColumn[]): column is DirectColumn {
  if (column.kind !== 'direct' || column.copy) return false;
  const path = pathOf(column);
  return !table.some((other) => {
    if (other.kind !== 'direct' || other.copy || pathOf(other).length >= path.length) return false;
    return pathOf(other).every((key, depth) => key === path[depth]);
  });
}

const known = new WeakMap<readonly CloudTrailColumn[], Place>();

/** Record keys → columns. */
export function placesOf(table: readonly CloudTrailColumn[]): Place {
  const root = known.get(table) ?? place();
  if (known.has(table)) return root;
  known.set(table, root);
  for (const column of table) {
    if (column.kind !== 'direct') continue;
    const isMapped = consumes(column, table);
    let at = root;
    for (const key of pathOf(column)) {
      if (!at.members.has(key)) at.members.set(key, place());
      at = at.members.get(key) as Place;
      at.mapped ||= isMapped;
    }
    if (isMapped) at.column = column;
    else at.copies.push(column);
  }
  return root;
}

function placeOf(column: DirectColumn, root: Place): Place {
  return pathOf(column).reduce((at, key) => at.members.get(key) as Place, root);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A plain assignment to `__proto__` would not create a member. */
export function setOwn(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

function textAt(column: StringColumn, row: number): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
    column.data.subarray(column.offsets[row], column.offsets[row + 1]),
  );
}

/** The value of a row; null if there is none. Times are bigints in microseconds; longs beyond 2^53 are bigints, too. */
function valueAt(column: AnyColumn, type: ColumnType, row: number): unknown {
  if (!column.has(row)) return null;
  if (column instanceof StringColumn) return textAt(column, row);
  if (column instanceof BooleanColumn) return (column.values[row >> 3] & (1 << (row & 7))) !== 0;
  if (column instanceof IntColumn || column instanceof DoubleColumn) return column.values[row];
  if (column instanceof LongColumn) {
    const exact = column.exact(row);
    return type === 'timestamptz' || !Number.isSafeInteger(Number(exact)) ? exact : Number(exact);
  }
  if (typeof type === 'string') throw new Error(`${type} in a nested column`);
  if (column instanceof ListColumn) {
    const element = (type as { list: ColumnType }).list;
    const elements: unknown[] = [];
    for (let at = column.offsets[row]; at < column.offsets[row + 1]; at++)
      elements.push(valueAt(column.child, element, at));
    return elements;
  }
  const { struct } = type as Extract<ColumnType, { struct: unknown }>;
  return Object.fromEntries(struct.map((member, i) => [member.name, valueAt(column.children[i], member.type, row)]));
}

/** All rows, by column name. Pads the columns to their full length, as writing them does. */
export function rowsOf(rows: RowSet): Row[] {
  rows.finish();
  return Array.from({ length: rows.rows }, (_, row) =>
    Object.fromEntries(rows.specs.map((spec, index) => [spec.name, valueAt(rows.columns[index], spec.type, row)])),
  );
}

const MICROS = 1000n;

/** How JSON text is parsed, and how values of number columns are represented. */
export interface Reading {
  parse(text: string): unknown;
  number(value: number | bigint): unknown;
}

const AS_JAVASCRIPT: Reading = { parse: JSON.parse, number: (value) => value };

/** The record, from its row: first the columns, then the empty members, then the unmapped ones, which take precedence. */
export function rebuild(row: Row, table: readonly CloudTrailColumn[], reading = AS_JAVASCRIPT): JsonObject {
  if (row['event.original'] !== null) return reading.parse(row['event.original'] as string) as JsonObject;
  const record: JsonObject = {};
  const places = placesOf(table);
  for (const column of table) {
    const value = row[column.name];
    if (value === null || column.kind !== 'direct' || placeOf(column, places).column !== column) continue;
    put(record, pathOf(column), delivered(column.as, value, reading));
  }
  for (const name of ['aws.cloudtrail.empty_members', 'aws.cloudtrail.unmapped']) {
    if (row[name] !== null) merge(record, reading.parse(row[name] as string) as JsonObject, places);
  }
  return record;
}

/** What was delivered, if the column represents it exactly. */
function delivered(as: Conversion, value: unknown, reading: Reading): unknown {
  if (typeof as === 'object') return value === null ? null : deliveredShape(as.shape, value, reading);
  switch (as) {
    case 'json':
      return reading.parse(value as string);
    case 'true_text':
      return 'true';
    case 'time':
      return new Date(Number((value as bigint) / MICROS)).toISOString().replace('.000Z', 'Z');
    case 'date':
      return new Date((value as number) * MILLIS_A_DAY).toISOString().slice(0, 10);
    case 'integer':
    case 'number':
      return reading.number(value as number | bigint);
    default:
      return value;
  }
}

function deliveredShape(shape: Shape, value: unknown, reading: Reading): unknown {
  if (typeof shape === 'string') return delivered(shape, value, reading);
  if ('list' in shape)
    return (value as unknown[]).map((element) =>
      element === null ? null : deliveredShape(shape.list, element, reading),
    );
  return Object.fromEntries(
    shape.members.flatMap(({ key, name, shape: inner }) => {
      const member = (value as Row)[name];
      return member === null ? [] : [[key, deliveredShape(inner, member, reading)]];
    }),
  );
}

function put(record: JsonObject, keys: readonly string[], value: unknown): void {
  let object = record;
  for (const key of keys.slice(0, -1)) {
    object[key] ??= {};
    object = object[key] as JsonObject;
  }
  object[keys[keys.length - 1]] = value;
}

/** Objects that are only on the way to columns are merged, everything else is replaced. */
function merge(into: JsonObject, from: JsonObject, places: Place): void {
  for (const key of Object.keys(from)) {
    const at = places.members.get(key);
    const there = Object.hasOwn(into, key) ? into[key] : undefined;
    if (at?.mapped && at.column === undefined && isObject(there) && isObject(from[key])) merge(there, from[key], at);
    else setOwn(into, key, from[key]);
  }
}
