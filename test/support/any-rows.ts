/** Arbitrary rows of arbitrary types: how they are written into column buffers, and how an independent reader reads them. */
import fc from 'fast-check';
import { decompress } from 'fzstd';
import { parquetReadObjects } from 'hyparquet';
import { BooleanColumn, DoubleColumn, IntColumn, LongColumn } from '../../columnar/columns';
import { type AnyColumn, ListColumn, type StructColumn } from '../../columnar/nested';
import { RowSet } from '../../columnar/row-set';
import { StringColumn } from '../../columnar/string-column';
import type { ColumnSpec, ColumnType } from '../../iceberg/types';

export type Value = null | string | boolean | number | bigint | Value[] | { [name: string]: Value };
export type Row = { [column: string]: Value };

/** Writes a value into a column buffer; null writes nothing. */
export function put(column: AnyColumn, value: Value | undefined, row: number): void {
  if (value === null || value === undefined) return;
  if (column instanceof StringColumn) column.appendText(value as string, row);
  else if (column instanceof BooleanColumn) column.append(value as boolean, row);
  else if (column instanceof IntColumn || column instanceof DoubleColumn) column.append(value as number, row);
  else if (column instanceof LongColumn) column.appendExact(value as bigint, row);
  else if (column instanceof ListColumn) {
    column.open(row);
    for (const element of value as Value[]) {
      put(column.child, element, column.elements);
      column.closeElement(row);
    }
  } else {
    const struct = column as StructColumn;
    struct.open(row);
    struct.names.forEach((name, i) => {
      put(struct.children[i], (value as Record<string, Value>)[name], row);
    });
  }
}

/** Rows by the dotted names of their columns. */
export function rowSetOfRows(specs: readonly ColumnSpec[], rows: readonly Row[], day: number): RowSet {
  const set = new RowSet(specs, day);
  for (const row of rows) {
    specs.forEach(({ name }, index) => {
      put(set.columns[index], row[name], set.rows);
    });
    set.rows++;
  }
  return set;
}

const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('', 'a', 'us-east-1', 'é🎉', 'arn:aws:iam::123456789012:role/one') },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 90 }).map((each) => each.toWellFormed()) },
  { weight: 1, arbitrary: fc.nat(3).map((n) => 'long '.repeat(30) + n) },
);
const LEAVES: Record<string, fc.Arbitrary<Value>> = {
  string: text,
  boolean: fc.boolean(),
  int: fc.oneof(fc.integer(), fc.nat(3)),
  date: fc.integer({ min: -700_000, max: 2_000_000 }),
  long: fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: 0n, max: 4n })),
  timestamptz: fc.bigInt({ min: -(2n ** 55n), max: 2n ** 57n }),
  double: fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0, -0, 1.5)),
  float: fc.oneof(fc.float({ noNaN: true }), fc.constantFrom(0, -0, 1.5)),
};

/** A type and its values. Nulls are absent, rare, common, or all of them. */
export interface Kind {
  type: ColumnType;
  value: fc.Arbitrary<Value>;
}

export const orNull = (value: fc.Arbitrary<Value>, nulls: number): fc.Arbitrary<Value> =>
  fc.oneof({ weight: 10 - nulls, arbitrary: value }, { weight: nulls, arbitrary: fc.constant(null) });

const leaf: fc.Arbitrary<Kind> = fc
  .tuple(fc.constantFrom(...Object.keys(LEAVES)), fc.constantFrom(0, 1, 5, 10))
  .map(([name, nulls]) => ({ type: name as ColumnType, value: orNull(LEAVES[name], nulls) }));

/** Any type with at most `depth` lists or structs around its values. */
export const kindOf = (depth: number): fc.Arbitrary<Kind> =>
  depth === 0
    ? leaf
    : fc.oneof(
        { weight: 3, arbitrary: leaf },
        {
          weight: 1,
          arbitrary: fc.tuple(kindOf(depth - 1), fc.constantFrom(0, 3, 10)).map(([{ type, value }, nulls]) => ({
            type: { list: type },
            value: orNull(fc.array(value, { maxLength: 4 }), nulls),
          })),
        },
        {
          weight: 1,
          arbitrary: fc.tuple(kindOf(depth - 1), leaf, fc.constantFrom(0, 3)).map(([a, b, nulls]) => ({
            type: {
              struct: [
                { name: 'a', type: a.type },
                { name: 'b', type: b.type },
              ],
            },
            value: orNull(fc.record({ a: a.value, b: b.value }), nulls),
          })),
        },
      );

const parsers = {
  timestampFromMicroseconds: (micros: bigint) => micros,
  dateFromDays: (days: number) => days,
};

/** The rows of a Parquet file as hyparquet reads them. */
export async function rowsOfParquet(bytes: Uint8Array): Promise<Row[]> {
  const file = new Uint8Array(bytes).buffer;
  const compressors = { ZSTD: (input: Uint8Array) => decompress(input) };
  return (await parquetReadObjects({ file, compressors, parsers })) as Row[];
}
