/** Files are read by name only if they have exactly the columns of the table. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { RowSet } from '../../../columnar/row-set';
import { schemaOf } from '../../../iceberg/schema';
import type { ColumnSpec, NestedField, Schema } from '../../../iceberg/types';
import { filesWithSchema } from '../../../query/file-schemas';
import { put } from '../../support/any-rows';
import { type OpenDuckDb, openDuckDb } from '../../support/duckdb';
import { parquetOf } from '../../support/parquet';

const column = (name: string, type: ColumnSpec['type'] = 'string'): ColumnSpec => ({ name, type, doc: '' });
const COLUMNS: ColumnSpec[] = [
  { name: 'ts', type: 'timestamptz', required: true, doc: '' },
  column('event.id'),
  column('event.code', 'int'),
  column('ok', 'boolean'),
  column('score', 'double'),
  column('day', 'date'),
  column('big', 'long'),
  column('names', { list: 'string' }),
  column('items', {
    list: {
      struct: [
        { name: 'arn', type: 'string' },
        { name: 'n', type: 'long' },
      ],
    },
  }),
];

let directory: string;
let connection: DuckDBConnection;
let close: OpenDuckDb['close'] | undefined;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-schemas-'));
  ({ connection, close } = await openDuckDb());
});
afterAll(() => {
  close?.();
  rmSync(directory, { recursive: true, force: true });
});

let files = 0;

/** Whether a file with these columns is one of a table with that schema. */
async function isSame(
  columns: readonly ColumnSpec[],
  schema: Schema,
  fileSchema = schemaOf(columns),
): Promise<boolean> {
  const rows = new RowSet(columns, 0);
  columns.forEach(({ required }, index) => {
    put(rows.columns[index], required ? 1n : null, 0);
  });
  rows.rows = 1;
  const path = join(directory, `[${++files}] it's.parquet`);
  writeFileSync(path, await parquetOf(fileSchema, rows));
  return (await filesWithSchema(connection, [path], schema)).has(path);
}

const SCHEMA = schemaOf(COLUMNS);

/** The schema with each field changed. */
function withFields(change: (field: NestedField) => NestedField): Schema {
  const all = (fields: readonly NestedField[]): NestedField[] =>
    fields.map((field) => {
      const { type } = field;
      const inner = typeof type === 'object' && type.type === 'struct' ? { ...type, fields: all(type.fields) } : type;
      return change({ ...field, type: inner });
    });
  return { ...SCHEMA, fields: all(SCHEMA.fields) };
}

it('a file with all columns is the same', async () => {
  expect(await isSame(COLUMNS, SCHEMA)).toBe(true);
});

test.each<[string, Schema]>([
  ['a column was added', schemaOf([...COLUMNS, column('more')])],
  ['a member was added', schemaOf([...COLUMNS, column('event.more')])],
  ['a column was renamed', withFields((field) => (field.name === 'ok' ? { ...field, name: 'fine' } : field))],
  ['a member was renamed', withFields((field) => (field.name === 'code' ? { ...field, name: 'number' } : field))],
  ['a type was widened', withFields((field) => (field.name === 'code' ? { ...field, type: 'long' } : field))],
  [
    'a column was dropped, and another one added with its name',
    withFields((field) => (field.name === 'big' ? { ...field, id: 99 } : field)),
  ],
  [
    'a member was replaced by one with its name',
    withFields((field) => (field.name === 'id' ? { ...field, id: 99 } : field)),
  ],
  [
    'the elements of a list are others',
    withFields((field) =>
      field.name === 'names' && typeof field.type === 'object' && field.type.type === 'list'
        ? { ...field, type: { ...field.type, 'element-id': 99 } }
        : field,
    ),
  ],
  ['the members are in another order', schemaOf([COLUMNS[0], COLUMNS[2], COLUMNS[1], ...COLUMNS.slice(3)])],
])('it is not if %s', async (_, schema) => {
  expect(await isSame(COLUMNS, schema, SCHEMA)).toBe(false);
});
