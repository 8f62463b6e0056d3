/** The memory of written columns is used again for the next ones. */
import fc from 'fast-check';
import { MOST_KEPT, returnBuffer, SMALLEST_KEPT, takeBuffer } from '../../../columnar/buffers';
import type { BooleanColumn, DoubleColumn, IntColumn, LongColumn } from '../../../columnar/columns';
import type { ListColumn, StructColumn } from '../../../columnar/nested';
import { RowSet } from '../../../columnar/row-set';
import type { StringColumn } from '../../../columnar/string-column';
import { schemaOf } from '../../../iceberg/schema';
import type { ColumnSpec, ColumnType } from '../../../iceberg/types';
import { parquetOf } from '../../support/parquet';

const STRUCT: ColumnType = {
  struct: [
    { name: 'text', type: 'string' },
    { name: 'flag', type: 'boolean' },
  ],
};
const SPECS: ColumnSpec[] = Object.entries({
  text: 'string',
  flag: 'boolean',
  int: 'int',
  long: 'timestamptz',
  double: 'double',
  list: { list: 'string' },
  struct: STRUCT,
} as Record<string, ColumnType>).map(([name, type]) => ({ name, type, doc: name }));
const SCHEMA = schemaOf(SPECS);

/** Which columns of a row have a value, one bit each, and what the values are made of. */
interface Row {
  present: number;
  seed: number;
}

function append(rows: RowSet, { present, seed }: Row): void {
  const row = rows.rows;
  const [text, flag, int, long, double, list, struct] = rows.columns as [
    ...[StringColumn, BooleanColumn, IntColumn, LongColumn, DoubleColumn, ListColumn<StringColumn>, StructColumn],
  ];
  const value = Buffer.from(`${seed}`.repeat(seed % 40));
  const has = (bit: number): boolean => (present & (1 << bit)) !== 0;
  if (has(0)) text.append(value, 0, value.length, row);
  if (has(1)) flag.append(seed % 3 === 0, row);
  if (has(2)) int.append(seed, row);
  // Every fourth one does not fit into a double.
  if (has(3)) long.appendExact(seed % 4 === 0 ? 2n ** 60n + BigInt(seed) : BigInt(seed), row);
  if (has(4)) double.append(seed / 7, row);
  if (has(5)) {
    list.open(row);
    for (let i = 0; i < seed % 5; i++) {
      if (has(6)) list.child.append(value, 0, value.length, list.elements);
      list.closeElement(row);
    }
  }
  if (has(7)) {
    struct.open(row);
    const [member, bit] = struct.children as [StringColumn, BooleanColumn];
    if (has(8)) member.append(value, 0, value.length, row);
    if (has(9)) bit.append(true, row);
  }
  rows.rows++;
}

function rowSet(rows: readonly Row[]): RowSet {
  const set = new RowSet(SPECS, 0);
  for (const row of rows) append(set, row);
  return set;
}

describe('memory of columns', () => {
  test('columns in reused memory have the same content as columns in new memory', async () => {
    const row = fc.record({ present: fc.nat(1023), seed: fc.nat(100_000) });
    const pattern = fc.array(row, { minLength: 1, maxLength: 50 });
    // Validity bits are pooled from 8,192 rows on.
    const many = (rows: readonly Row[]): Row[] => Array.from({ length: 20_000 }, (_, i) => rows[i % rows.length]);
    await fc.assert(
      fc.asyncProperty(pattern, pattern, async (before, rows) => {
        const fresh = await parquetOf(SCHEMA, rowSet(many(rows)));
        rowSet(many(before.map(({ seed }) => ({ present: 1023, seed })))).release();
        expect(Buffer.from(await parquetOf(SCHEMA, rowSet(many(rows)))).equals(fresh)).toBe(true);
      }),
      { numRuns: 10 },
    );
  });

  test('released columns are empty, and can be filled again', async () => {
    const rows = rowSet([{ present: 1023, seed: 77 }]);
    rows.release();
    expect([rows.rows, rows.bytes, ...rows.columns.map(({ length }) => length)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0]);
    append(rows, { present: 7, seed: 4 });
    const again = await parquetOf(SCHEMA, rows);
    expect(Buffer.from(again).equals(await parquetOf(SCHEMA, rowSet([{ present: 7, seed: 4 }])))).toBe(true);
  });

  test('a returned buffer is reused for the same size only', () => {
    const buffer = takeBuffer(12_345);
    expect(returnBuffer(buffer)).toBe(0);
    expect(takeBuffer(12_346)).not.toBe(buffer);
    expect(takeBuffer(12_345)).toBe(buffer);
    expect(takeBuffer(12_345)).not.toBe(buffer);
  });

  test('a thread does not keep more than a limit, and returns what it dropped', () => {
    const size = 16 << 20;
    const buffers = Array.from({ length: MOST_KEPT / size + 3 }, () => takeBuffer(size));
    const dropped = buffers.reduce((sum, buffer) => sum + returnBuffer(buffer), 0);
    expect(dropped).toBeGreaterThanOrEqual(3 * size);
    expect(buffers.length * size - dropped).toBeGreaterThan(0);
  });

  test('the next rows of the same size need no new memory', () => {
    const rows = Array.from({ length: 5_000 }, (_, seed) => ({ present: 1023, seed }));
    rowSet(rows).release();
    const created: number[] = [];
    const { ArrayBuffer: real } = globalThis;
    globalThis.ArrayBuffer = new Proxy(real, {
      construct(target, [size]) {
        created.push(size);
        return new target(size);
      },
    });
    try {
      rowSet(rows);
    } finally {
      globalThis.ArrayBuffer = real;
    }
    expect(created.filter((size) => size >= SMALLEST_KEPT)).toEqual([]);
  });
});
