/** Tables of expected columns, see test/expected/: what rows must contain, written by hand. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_TABLE_COLUMNS } from '../../cloudtrail/columns/default.js';
import { FileDecoder } from '../../cloudtrail/decoder/file-decoder.js';
import { ECS_VERSION } from '../../cloudtrail/ecs-fields.js';
import { isObject, type Row, rowsOf } from './columns.js';

/** Stands for the value as it was delivered. */
const DELIVERED = '~';

export interface ExpectedRecord {
  /** The record itself, in the tables that have one: JSON, which may take several lines. */
  record?: string;
  /** Column → the text of its value. */
  columns: Map<string, string>;
}

/** Records by their name. */
export function readExpected(file: string): Map<string, ExpectedRecord> {
  const groups = new Map<string, ExpectedRecord>();
  const records = new Map<string, ExpectedRecord>();
  let block: ExpectedRecord = { columns: new Map() };
  for (const line of readFileSync(join(__dirname, '../expected', file), 'utf8').split('\n')) {
    const space = line.indexOf(' ');
    const [first, rest] = [line.slice(0, space), line.slice(space + 1)];
    if (line.trim() === '' || first === '#') continue;
    if (first === '*' || first === '=') {
      block = { columns: new Map() };
      (first === '*' ? groups : records).set(rest, block);
    } else if (first === '+') {
      const group = groups.get(rest);
      if (group === undefined) throw new Error(`${file}: no group ${rest}`);
      for (const [column, value] of group.columns) block.columns.set(column, value);
    } else if (first === '|') block.record = `${block.record ?? ''}${rest}\n`;
    else block.columns.set(first, rest);
  }
  return records;
}

/** The decoder's row of one record, without nulls and without columns that only say where it came from. */
export function rowOf(record: string): Row {
  const decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS);
  const { rejects } = decoder.decode(Buffer.from(`{"Records":[${record}]}`), 'f');
  expect(rejects).toEqual([]);
  const row = decoder.take().flatMap(rowsOf)[0];
  const told = Object.entries(row).filter(
    ([name, value]) =>
      value !== null && !['log.file.path', 'aws.cloudtrail.record_index', 'ecs.version'].includes(name),
  );
  expect(row['ecs.version']).toBe(ECS_VERSION);
  return Object.fromEntries(told.map(([name, value]) => [name, isJson(name) ? JSON.parse(value as string) : value]));
}

/** The row according to the table. */
export function expectedRow(record: string, { columns }: ExpectedRecord): Row {
  const types = new Map<string, unknown>(DEFAULT_TABLE_COLUMNS.map(({ name, type }) => [name, type]));
  return Object.fromEntries(
    Array.from(columns, ([name, text]) => {
      if (text === DELIVERED) return [name, delivered(JSON.parse(record), name)];
      const type = types.get(name);
      if (type === 'timestamptz') return [name, BigInt(Date.parse(text)) * 1000n];
      return [name, type === 'string' && !isJson(name) ? text : JSON.parse(text)];
    }),
  );
}

function isJson(name: string): boolean {
  return DEFAULT_TABLE_COLUMNS.some(
    (column) =>
      column.name === name &&
      (column.kind === 'direct' ? column.as === 'json' : /\.(unmapped|empty_members)$/.test(name)),
  );
}

/** `aws.cloudtrail.request_parameters` → `requestParameters`. */
function delivered(record: unknown, column: string): unknown {
  const keys = column
    .replace('aws.cloudtrail.', '')
    .replace('eventdata', 'event_data')
    .replace('aggregated.', '')
    .split('.')
    .map((name) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
  return keys.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), record);
}
