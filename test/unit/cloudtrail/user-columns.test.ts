/** Columns that users add to a table: from the record, by default, and with their types. */
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder.js';
import { columnsOf } from '../../../cloudtrail/table-columns.js';
import type { UserColumn } from '../../../cloudtrail/table-config.js';
import { schemaOf } from '../../../iceberg/schema.js';
import { type Row, rebuild, rowsOf } from '../../support/columns.js';
import { parquetOf } from '../../support/parquet.js';

const RECORD = {
  eventTime: '2024-03-05T12:00:00Z',
  eventName: 'CreateBucket',
  readOnly: 'false',
  userIdentity: { type: 'Root', more: { level: 3 } },
  requestParameters: {
    bucketName: 'b',
    size: 9_007_199_254_740_991,
    ratio: '0.5',
    expires: '2024-03-06T23:30:00-01:00',
    day: '2024-03-07',
    tags: [{ key: 'team', value: 'red' }, { key: 'cost', value: null }, null],
    'aws:via.cfn': { depth: 2 },
    grants: { READ: ['a', 'b'] },
  },
};

function tableOf(...columns: Omit<UserColumn, 'doc'>[]) {
  return columnsOf({ key: 'default', name: 't', columns: columns.map((column) => ({ ...column, doc: '' })) });
}

/** The values of the columns, and the promise that they cost the record nothing. */
function values(columns: Omit<UserColumn, 'doc'>[], record: object = RECORD): unknown[] {
  const table = tableOf(...columns);
  const decoder = new FileDecoder(table);
  decoder.decode(Buffer.from(JSON.stringify({ Records: [record] })), 'file:///f');
  const [row] = rowsOf(decoder.take()[0]);
  expect(rebuild(row, table)).toEqual(record);
  return columns.map(({ name }) => row[name]);
}

const one = (column: Omit<UserColumn, 'doc' | 'name'>, record?: object): unknown =>
  values([{ name: 'x', ...column }], record)[0];

const micros = (time: string): bigint => BigInt(Date.parse(time)) * 1000n;
const parameter = (...keys: string[]): string[] => ['requestParameters', ...keys];

test.each<[string, Omit<UserColumn, 'doc' | 'name'>, unknown]>([
  ['text below JSON', { type: 'string', from: parameter('bucketName') }, 'b'],
  ['a number as text', { type: 'string', from: ['userIdentity', 'more', 'level'] }, '3'],
  ['an object as JSON', { type: 'string', from: ['userIdentity', 'more'], convert: 'json' }, '{"level":3}'],
  [
    'an object that has columns',
    { type: 'string', from: ['userIdentity'], convert: 'json' },
    JSON.stringify(RECORD.userIdentity),
  ],
  ['a value that a managed column has', { type: 'string', from: ['eventName'] }, 'CreateBucket'],
  ['the time itself', { type: 'date', from: ['eventTime'] }, 19_787],
  ['a whole number', { type: 'long', from: parameter('size') }, 9_007_199_254_740_991],
  ['one that does not fit', { type: 'int', from: parameter('size') }, null],
  ['a number in a string', { type: 'double', from: parameter('ratio') }, 0.5],
  ['the same, less exactly', { type: 'float', from: parameter('ratio') }, 0.5],
  ['text where a number should be', { type: 'double', from: parameter('bucketName') }, null],
  ['a boolean', { type: 'boolean', from: ['readOnly'] }, false],
  ['a time with an offset', { type: 'timestamptz', from: parameter('expires') }, micros('2024-03-07T00:30:00Z')],
  ['its day', { type: 'date', from: parameter('expires') }, 19_789],
  ['a date', { type: 'date', from: parameter('day') }, 19_789],
  ['a key with a dot', { type: 'int', from: parameter('aws:via.cfn', 'depth') }, 2],
  ['a list', { type: { list: 'string' }, from: parameter('grants', 'READ') }, ['a', 'b']],
  [
    'a list of structs',
    {
      type: {
        list: {
          struct: [
            { name: 'key', type: 'string' },
            { name: 'value', type: 'string' },
          ],
        },
      },
      from: parameter('tags'),
    },
    [{ key: 'team', value: 'red' }, { key: 'cost', value: null }, null],
  ],
  [
    'a struct',
    {
      type: {
        struct: [
          { name: 'READ', type: { list: 'string' } },
          { name: 'WRITE', type: 'int' },
        ],
      },
      from: parameter('grants'),
    },
    { READ: ['a', 'b'], WRITE: null },
  ],
  ['what is not there', { type: 'string', from: ['nobody', 'knows'] }, null],
  ['a path through a list', { type: 'string', from: parameter('tags', 'key') }, null],
])('%s', (_what, column, expected) => {
  expect(one(column)).toEqual(expected);
});

test.each<[UserColumn['type'], string | number | boolean, unknown]>([
  ['string', 'none', 'none'],
  ['boolean', false, false],
  ['int', -1, -1],
  ['long', 2 ** 40, 2 ** 40],
  ['double', 0.25, 0.25],
  ['timestamptz', '2024-01-01T00:00:00Z', micros('2024-01-01T00:00:00Z')],
  ['date', '2024-01-01', 19_723],
])(
  'a default of a %p column is there where the value is missing, null, or of another type',
  (type, value, expected) => {
    const columns = [
      { name: 'missing', type, from: ['nowhere'], default: value },
      { name: 'odd', type, from: ['requestParameters', 'tags'], default: value },
      { name: 'alone', type, default: value },
    ];
    expect(values(columns)).toEqual([expected, expected, expected]);
    expect(one({ type, from: ['requestParameters'], default: value }, { ...RECORD, requestParameters: null })).toEqual(
      expected,
    );
  },
);

test('a default does not replace an existing value', () => {
  expect(one({ type: 'string', from: parameter('bucketName'), default: 'none' })).toBe('b');
  expect(one({ type: 'boolean', from: ['readOnly'], default: true })).toBe(false);
});

test('the last of equal keys wins in a copy too', () => {
  const table = tableOf(
    { name: 'list', type: { list: 'string' }, from: ['a', 'list'] },
    { name: 'n', type: 'long', from: ['requestParameters', 'n'] },
  );
  const decoder = new FileDecoder(table);
  const record =
    '{"eventTime":"2024-03-05T12:00:00Z","a":{"list":["x","y"],"list":["z"]},"requestParameters":{"n":1152921504606846976,"n":7}}';
  decoder.decode(Buffer.from(`{"Records":[${record}]}`), 'f');
  expect(rowsOf(decoder.take()[0])[0]).toMatchObject({ list: ['z'], n: 7 });
});

test('a user’s column never replaces a managed one', () => {
  const names = tableOf({ name: 'event.action', type: 'int' }, { name: 'tags', type: { list: 'string' } }).map(
    ({ name }) => name,
  );
  expect(names.filter((name) => name === 'event.action' || name === 'tags')).toEqual(['event.action', 'tags']);
});

test('all types together make one Parquet file', async () => {
  const types: UserColumn['type'][] = ['string', 'boolean', 'int', 'long', 'float', 'double', 'timestamptz', 'date'];
  const nested: UserColumn['type'][] = types.map((type) => ({ list: { struct: [{ name: 'm', type }] } }));
  const table = tableOf(...[...types, ...nested].map((type, at) => ({ name: `u.c${at}`, type, from: [`k${at}`] })));
  const decoder = new FileDecoder(table);
  const text = '{"eventTime":"2024-03-05T12:00:00Z","k3":1152921504606846976,"k10":[{"m":5},{}]}';
  decoder.decode(Buffer.from(`{"Records":[${text}]}`), 'f');
  const [rows] = decoder.take();
  const row: Row = rowsOf(rows)[0];
  expect([row['u.c3'], row['u.c10']]).toEqual([1_152_921_504_606_846_976n, [{ m: 5 }, { m: null }]]);
  expect((await parquetOf(schemaOf(table), rows)).length).toBeGreaterThan(1000);
});
