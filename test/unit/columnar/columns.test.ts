/** Column buffers of every type, to Parquet and back with an independent reader. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { BooleanColumn, DoubleColumn, IntColumn, LongColumn } from '../../../columnar/columns.js';
import type { ListColumn, StructColumn } from '../../../columnar/nested.js';
import { RowSet } from '../../../columnar/row-set.js';
import type { StringColumn } from '../../../columnar/string-column.js';
import { dataFileOf, readFooter } from '../../../iceberg/metrics.js';
import { leafFields, schemaOf } from '../../../iceberg/schema.js';
import type { ColumnSpec, ColumnType } from '../../../iceberg/types.js';
import { parquetOf } from '../../support/parquet.js';

const spec = (name: string, type: ColumnType): ColumnSpec => ({ name, type, doc: name });

function text(column: unknown, value: string, row: number): void {
  (column as StringColumn).append(Buffer.from(value), 0, Buffer.byteLength(value), row);
}

/** As DuckDB reads it; dates, times and large numbers come as text. */
async function readBack(parquet: Uint8Array): Promise<Record<string, unknown>[]> {
  const directory = mkdtempSync(join(tmpdir(), 'trailmill-columnar-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const file = join(directory, 'rows.parquet');
    writeFileSync(file, parquet);
    await connection.run("SET TimeZone = 'UTC'");
    const reader = await connection.runAndReadAll(`SELECT * FROM read_parquet('${file}')`);
    return reader.getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
    rmSync(directory, { recursive: true });
  }
}

const ATTRIBUTION: ColumnType = {
  struct: [
    { name: 'attribute', type: 'string' },
    {
      name: 'values',
      type: {
        list: {
          struct: [
            { name: 'value', type: 'string' },
            { name: 'average', type: 'double' },
          ],
        },
      },
    },
  ],
};

/** Two attributions in row 1, an empty list in row 2, nothing in row 0 and 3. */
function nestedRows(specs: readonly ColumnSpec[]): RowSet {
  const rows = new RowSet(specs, 0);
  const list = rows.column('outer.list') as ListColumn<StructColumn>;
  const [attribute, values] = list.child.children as [StringColumn, ListColumn<StructColumn>];
  const element = (at: number, value: string | undefined, average: number): void => {
    const inner = values.elements;
    values.child.open(inner);
    if (value !== undefined) text(values.child.children[0], value, inner);
    (values.child.children[1] as DoubleColumn).append(average, inner);
    values.closeElement(at);
  };
  list.open(1);
  list.child.open(0);
  text(attribute, 'one', 0);
  values.open(0);
  element(0, 'x', 0.25);
  element(0, undefined, -1e300);
  values.closeElement(0);
  list.closeElement(1);
  list.closeElement(1);
  list.child.open(2);
  list.closeElement(1);
  list.open(2);
  rows.rows = 4;
  return rows;
}

describe('columns of every type', () => {
  it('are read as they were written, with nulls where nothing was written', async () => {
    const types: ColumnType[] = ['string', 'boolean', 'int', 'long', 'float', 'double', 'date', 'timestamptz'];
    const specs = types.map((type) => spec(String(type), type));
    const rows = new RowSet(specs, 0);
    text(rows.column('string'), 'é🎉', 1);
    (rows.column('boolean') as BooleanColumn).append(true, 1);
    (rows.column('int') as IntColumn).append(-(2 ** 31), 1);
    (rows.column('long') as LongColumn).appendExact(9_007_199_254_740_993n, 1);
    (rows.column('float') as DoubleColumn).append(0.5, 1);
    (rows.column('double') as DoubleColumn).append(0.1, 1);
    (rows.column('date') as IntColumn).append(19_548, 1);
    (rows.column('timestamptz') as LongColumn).append(1_688_990_400_000_001, 1);
    rows.rows = 3;
    const [first, second, third] = await readBack(await parquetOf(schemaOf(specs), rows));
    expect(second).toEqual({
      string: 'é🎉',
      boolean: true,
      int: -(2 ** 31),
      long: '9007199254740993',
      float: 0.5,
      double: 0.1,
      date: '2023-07-10',
      timestamptz: '2023-07-10 12:00:00.000001+00',
    });
    expect(new Set([...Object.values(first), ...Object.values(third)])).toEqual(new Set([null]));
  });

  it('are lists of structs of lists of structs, where each level can be missing by itself', async () => {
    const specs = [spec('outer.list', { list: ATTRIBUTION })];
    const read = await readBack(await parquetOf(schemaOf(specs), nestedRows(specs)));
    const one = [{ value: 'x', average: 0.25 }, { value: null, average: -1e300 }, null];
    expect(read.map(({ outer }) => (outer as { list: unknown }).list)).toEqual([
      null,
      [{ attribute: 'one', values: one }, null, { attribute: null, values: null }],
      [],
      null,
    ]);
  });

  it('drop a row, and everything nested in it, when it is undone', async () => {
    const specs = [spec('outer.list', { list: ATTRIBUTION }), spec('n', 'long')];
    const rows = nestedRows(specs);
    const large = rows.column('n') as LongColumn;
    large.appendExact(2n ** 60n, 1);
    rows.truncate(1);
    const list = rows.column('outer.list') as ListColumn<StructColumn>;
    list.open(1);
    list.child.open(list.elements);
    text(list.child.children[0], 'again', list.elements);
    list.closeElement(1);
    large.append(7, 1);
    rows.rows = 2;
    const read = await readBack(await parquetOf(schemaOf(specs), rows));
    expect(read[1]).toEqual({ n: '7', outer: { list: [{ attribute: 'again', values: null }] } });
  });

  it('are null, or wider, where the table’s schema has more than the rows', async () => {
    const written = [spec('s', { struct: [{ name: 'a', type: 'int' }] }), spec('f', 'float')];
    const table = [
      spec('new', { list: ATTRIBUTION }),
      spec('f', 'double'),
      spec('s', {
        struct: [
          { name: 'b', type: 'date' },
          { name: 'a', type: 'long' },
        ],
      }),
    ];
    const rows = new RowSet(written, 0);
    const struct = rows.column('s') as StructColumn;
    struct.open(0);
    (struct.children[0] as IntColumn).append(5, 0);
    (rows.column('f') as DoubleColumn).append(1.5, 0);
    rows.rows = 2;
    expect(await readBack(await parquetOf(schemaOf(table), rows))).toEqual([
      { new: null, f: 1.5, s: { b: null, a: '5' } },
      { new: null, f: null, s: null },
    ]);
  });

  it('have counts in the data file, and bounds outside of lists only', async () => {
    const specs = [spec('outer.list', { list: ATTRIBUTION }), spec('day', 'date'), spec('x', 'double')];
    const rows = nestedRows(specs);
    (rows.column('day') as IntColumn).append(19_548, 0);
    (rows.column('x') as DoubleColumn).append(2, 0);
    const schema = schemaOf(specs);
    const bytes = await parquetOf(schema, rows);
    const footer = await readFooter(bytes);
    const file = dataFileOf({ path: 'p', bytes: bytes.length, day: 0, schema, footer });
    const leaves = [...leafFields(schema)];
    const ids = new Map(leaves.map(({ path, id }) => [path, id]));
    expect(leaves.map(({ path }) => path)).toContain('outer.list.element.values.element.average');
    expect(Object.keys(file.lowerBounds)).toEqual([String(ids.get('day'))]);
    expect(file.valueCounts[ids.get('outer.list.element.values.element.value') as number]).toBe(8);
    expect(file.nullCounts[ids.get('x') as number]).toBe(3);
  });
});
