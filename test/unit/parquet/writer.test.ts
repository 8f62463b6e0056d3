/** Any rows of any schema, through the Parquet writer and back with two independent readers. */
import fc from 'fast-check';
import { decompress } from 'fzstd';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import type { IntColumn } from '../../../columnar/columns';
import { readColumns } from '../../../columnar/parquet';
import { RowSet } from '../../../columnar/row-set';
import { schemaOf } from '../../../iceberg/schema';
import type { ColumnSpec, ColumnType } from '../../../iceberg/types';
import { type Limits, loadParquetWriter } from '../../../parquet/writer';
import { kindOf, put, type Value } from '../../support/any-rows';

const parsers = {
  timestampFromMicroseconds: (micros: bigint) => micros,
  dateFromDays: (days: number) => days,
};

const LIMITS: Limits[] = [
  { groupRows: 1 << 20, pageRows: 20_000, pageBytes: 1 << 20 },
  { groupRows: 1 << 20, pageRows: 7, pageBytes: 1 << 20 },
  { groupRows: 13, pageRows: 5, pageBytes: 64 },
];

const tables = fc
  .tuple(fc.array(kindOf(2), { minLength: 1, maxLength: 4 }), fc.constantFrom(...LIMITS))
  .chain(([kinds, limits]) =>
    fc.tuple(
      fc.constant({ types: kinds.map(({ type }) => type), limits }),
      fc.array(fc.tuple(...kinds.map(({ value }) => value)), { maxLength: 60 }),
      fc.constantFrom(1, 1, 1, 40),
    ),
  );

function rowSetOf(types: readonly ColumnType[], values: readonly Value[][]) {
  const specs: ColumnSpec[] = types.map((type, i) => ({ name: `c${i}`, type, doc: '' }));
  const rows = new RowSet(specs, 0);
  for (const row of values) {
    for (const [i, value] of row.entries()) put(rows.columns[i], value, rows.rows);
    rows.rows++;
  }
  return { schema: schemaOf(specs), rows };
}

/** One zero, and no undefined. */
const plain = (value: unknown): unknown =>
  typeof value === 'number'
    ? value + 0
    : Array.isArray(value)
      ? value.map(plain)
      : value === undefined
        ? null
        : value !== null && typeof value === 'object'
          ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]))
          : value;

/** XXH64 with seed 0, from its specification, by numbers of 64 bits. */
function xxhash64(bytes: Buffer): bigint {
  const [p1, p2, p3, p4, p5] = [
    0x9e3779b185ebca87n,
    0xc2b2ae3d27d4eb4fn,
    0x165667b19e3779f9n,
    0x85ebca77c2b2ae63n,
    0x27d4eb2f165667c5n,
  ];
  const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
  const rotate = (value: bigint, bits: bigint): bigint => u64((value << bits) | (value >> (64n - bits)));
  const round = (acc: bigint, lane: bigint): bigint => u64(rotate(u64(acc + lane * p2), 31n) * p1);
  let at = 0;
  let hash = p5;
  if (bytes.length >= 32) {
    const lanes = [u64(p1 + p2), p2, 0n, u64(-p1)];
    for (; at + 32 <= bytes.length; at += 32)
      for (let i = 0; i < 4; i++) lanes[i] = round(lanes[i], bytes.readBigUInt64LE(at + 8 * i));
    hash = u64(lanes.map((lane, i) => rotate(lane, [1n, 7n, 12n, 18n][i])).reduce((sum, lane) => sum + lane));
    for (const lane of lanes) hash = u64((hash ^ round(0n, lane)) * p1 + p4);
  }
  hash = u64(hash + BigInt(bytes.length));
  for (; at + 8 <= bytes.length; at += 8)
    hash = u64(rotate(hash ^ round(0n, bytes.readBigUInt64LE(at)), 27n) * p1 + p4);
  if (at + 4 <= bytes.length) {
    hash = u64(rotate(hash ^ u64(BigInt(bytes.readUInt32LE(at)) * p1), 23n) * p2 + p3);
    at += 4;
  }
  for (; at < bytes.length; at++) hash = u64(rotate(hash ^ u64(BigInt(bytes[at]) * p5), 11n) * p1);
  hash = u64((hash ^ (hash >> 33n)) * p2);
  hash = u64((hash ^ (hash >> 29n)) * p3);
  return hash ^ (hash >> 32n);
}

/** The check of a split block Bloom filter (Parquet format, BloomFilter.md). */
function mayHave(filter: Uint8Array, text: string): boolean {
  const hash = xxhash64(Buffer.from(text));
  const block = Number(((hash >> 32n) * BigInt(filter.length / 32)) >> 32n);
  const salts = [0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31];
  const words = Buffer.from(filter.buffer, filter.byteOffset + block * 32, 32);
  return salts.every((salt, i) => {
    const bit = Math.imul(Number(hash & 0xffffffffn), salt) >>> 27;
    return (words.readUInt32LE(i * 4) >>> bit) & 1;
  });
}

it('any rows are read as they were written, with true counts and bounds, and the same bytes every time', async () => {
  const write = await loadParquetWriter();
  await fc.assert(
    fc.asyncProperty(tables, async ([{ types, limits }, once, times]) => {
      const values = Array.from({ length: times }, () => once).flat() as Value[][];
      const { schema, rows } = rowSetOf(types, values);
      const bytes = write(schema, rows, { limits });
      expect(Buffer.compare(write(schema, rowSetOf(types, values).rows, { limits }), bytes)).toBe(0);
      const file = bytes.buffer;
      const compressors = { ZSTD: (input: Uint8Array) => decompress(input) };
      const read = await parquetReadObjects({ file, compressors, parsers });
      expect(plain(read)).toEqual(
        plain(values.map((row) => Object.fromEntries(row.map((each, i) => [`c${i}`, each])))),
      );
      // The second reader panics if levels, codes or sizes are wrong.
      const table =
        values.length === 0
          ? undefined
          : await readColumns(
              bytes,
              types.map((_, i) => `c${i}`),
            );
      expect(table?.numRows ?? 0).toBe(values.length);
      const footer = parquetMetadata(file, { parsers: { ...parsers, stringFromBytes: (utf8) => utf8 } });
      types.forEach((type, i) => {
        if (typeof type !== 'string') return;
        let from = 0;
        const column = footer.schema
          .filter((element) => element.type !== undefined)
          .findIndex(({ name }) => name === `c${i}`);
        for (const group of footer.row_groups) {
          const part = values.slice(from, from + Number(group.num_rows)).map((row) => row[i]);
          from += Number(group.num_rows);
          const { statistics } = group.columns[column].meta_data!;
          const present = part.filter((value) => value !== null) as (string | number | bigint | boolean)[];
          expect(Number(statistics?.null_count)).toBe(part.length - present.length);
          for (const value of present) {
            if (typeof value === 'string') {
              expect(Buffer.compare(Buffer.from(value), statistics?.min_value as Uint8Array)).toBeGreaterThanOrEqual(0);
              expect(Buffer.compare(Buffer.from(value), statistics?.max_value as Uint8Array)).toBeLessThanOrEqual(0);
            } else {
              expect(value >= statistics!.min_value! && value <= statistics!.max_value!).toBe(true);
            }
          }
          if (present.length > 0 && type !== 'string')
            expect(
              present.some((value) => value === statistics!.min_value) &&
                present.some((value) => value === statistics!.max_value),
            ).toBe(true);
        }
      });
    }),
    { numRuns: 150 },
  );
});

describe('a column chunk', () => {
  const write = async (type: ColumnType, values: Value[], limits?: Limits) => {
    const { schema, rows } = rowSetOf(
      [type],
      values.map((value) => [value]),
    );
    const bytes = (await loadParquetWriter())(schema, rows, { limits });
    const footer = parquetMetadata(bytes.buffer);
    const chunk = footer.row_groups[0].columns[0];
    const meta = chunk.meta_data!;
    const pages = meta.encoding_stats?.find(({ page_type }) => page_type === 'DATA_PAGE')?.count;
    const read = await parquetReadObjects({
      file: bytes.buffer,
      compressors: { ZSTD: (input: Uint8Array) => decompress(input) },
      parsers,
    });
    expect(plain(read.map(({ c0 }) => c0))).toEqual(plain(values));
    return { footer, chunk, meta, pages, bytes };
  };

  it('has pages of 65,536 rows or 250,000 bytes, and no page index', async () => {
    const some = await write(
      'int',
      Array.from({ length: 150_000 }, (_, i) => (i % 3 ? i >> 4 : null)),
    );
    expect(some.pages).toBe(3);
    expect(some.meta.statistics).toMatchObject({ min_value: 0, max_value: 9374, null_count: 50_000n });
    const large = await write(
      'string',
      Array.from({ length: 900 }, (_, i) => String(i).padStart(1000, 'x')),
    );
    expect(large.pages).toBe(4);
    const { column_index_offset, offset_index_offset } = large.chunk;
    expect([column_index_offset, offset_index_offset]).toEqual([undefined, undefined]);
  });

  it('has one small page if all is null, also in a list, and rows without a value do not add pages', async () => {
    for (const type of ['string', { list: 'string' }, { list: { struct: [{ name: 'a', type: 'long' }] } }] as const) {
      const { pages, meta } = await write(type as ColumnType, Array(45_000).fill(null));
      expect(pages).toBe(1);
      expect(Number(meta.total_compressed_size)).toBeLessThan(50);
    }
    const { pages } = await write({ list: 'int' }, [[1], [2], ...Array(1000).fill(null)]);
    expect(pages).toBe(1);
  });

  it('has a dictionary if values repeat, but not if they are distinct or it would be larger than 1 MiB', async () => {
    const encodings = async (values: Value[]) => (await write('string', values)).meta.encodings;
    const long = (n: number): string => `${n}`.padStart(900, '-');
    expect(await encodings(Array.from({ length: 9000 }, (_, i) => `role ${i % 1500}`))).toContain('RLE_DICTIONARY');
    expect(await encodings(Array.from({ length: 9000 }, (_, i) => `id ${i}`))).not.toContain('RLE_DICTIONARY');
    expect(await encodings(Array.from({ length: 3000 }, (_, i) => long(i % 1100)))).toContain('RLE_DICTIONARY');
    expect(await encodings(Array.from({ length: 3000 }, (_, i) => long(i % 1200)))).not.toContain('RLE_DICTIONARY');
  });

  it('has sorted entries, and codes of one, two or three whole bytes', async () => {
    const digits = (n: number): string => `${n}`;
    const micros = (n: number): bigint => BigInt(n) * 1_000_000n;
    for (const [type, of, sizes] of [['string', digits, [200, 10_000]] as const, ['long', micros, [70_000]] as const])
      for (const distinct of sizes) {
        const values = Array.from({ length: 3 * distinct }, (_, i) => of(i % 3 ? distinct : (i * 7) % distinct));
        const { meta, bytes } = await write(type, values);
        expect(meta.encodings).toContain('RLE_DICTIONARY');
        const sorted = [...new Set<string | bigint>(values)].sort((a, b) => (a < b ? -1 : 1));
        expect([meta.statistics?.min_value, meta.statistics?.max_value]).toEqual([sorted[0], sorted.at(-1)]);
        const column = (await readColumns(bytes, ['c0']))?.getChild('c0');
        expect(values.every((value, i) => column?.get(i) === value)).toBe(true);
      }
  });

  it('has bounds without NaN, with -0 below and +0 above, and truncated strings that are still bounds', async () => {
    const zeros = await write('double', [0, -0, null]);
    expect([zeros.meta.statistics?.min_value, zeros.meta.statistics?.max_value]).toEqual([-0, 0]);
    const some = await write('double', [Number.NaN, 3, Number.NaN, 5]);
    expect(some.meta.statistics).toMatchObject({ min_value: 3, max_value: 5 });
    const none = await write('float', [Number.NaN, null]);
    expect(none.meta.statistics?.min_value).toBeUndefined();
    const long = await write('string', ['é'.repeat(64) + 'b', 'é'.repeat(64) + 'a']);
    expect(long.meta.statistics).toMatchObject({
      min_value: 'é'.repeat(64),
      max_value: 'é'.repeat(63) + 'ê',
      is_min_value_exact: false,
      is_max_value_exact: false,
    });
  });

  it('has a Bloom filter if it is a lookup column without a dictionary', async () => {
    const filterOf = async (values: Value[], isLookup = true) => {
      const lookup = isLookup ? { lookup: true as const } : {};
      const specs: ColumnSpec[] = [{ name: 'c0', type: 'string', ...lookup, doc: '' }];
      const rows = new RowSet(specs, 0);
      for (const [row, value] of values.entries()) put(rows.columns[0], value, row);
      rows.rows = values.length;
      const bytes = (await loadParquetWriter())(schemaOf(specs), rows);
      const meta = parquetMetadata(bytes.buffer).row_groups[0].columns[0].meta_data!;
      return {
        bytes,
        meta,
        offset: Number(meta.bloom_filter_offset ?? 0),
        size: Number(meta.bloom_filter_length ?? 0),
      };
    };
    const ids = Array.from({ length: 2000 }, (_, i) => (i % 5 === 0 ? null : `${i}-${'x'.repeat(i % 70)}`));
    const { bytes, offset, size } = await filterOf(ids);
    // 1,600 values of 7 bits or more: 2,048 bytes, after a header.
    const bits = bytes.subarray(offset + size - 2048, offset + size);
    expect(Buffer.from(bytes.subarray(offset, offset + size - 2048)).toString('hex')).toBe(
      '1580201c1c00001c1c00001c1c000000',
    );
    for (const id of ids) if (id !== null) expect(mayHave(bits, id)).toBe(true);
    const wrong = Array.from({ length: 5000 }, (_, i) => `no ${i}`).filter((id) => mayHave(bits, id));
    expect(wrong.length).toBeLessThan(5000 * 0.06);
    expect((await filterOf(ids, false)).size).toBe(0);
    expect((await filterOf(ids.map((_, i) => `role ${i % 100}`))).size).toBe(0);
    expect((await filterOf(ids.slice(0, 500))).size).toBe(0);
    expect((await filterOf([...ids, 'long'.repeat(20_000)])).size).toBe(0);
  });

  it('has the field ids and list names of Iceberg, and rejects null if a value is required', async () => {
    const { footer } = await write({ list: 'string' }, [['a']]);
    expect(footer.schema.map(({ name, field_id, repetition_type }) => [name, field_id, repetition_type])).toEqual([
      ['table', undefined, undefined],
      ['c0', 1, 'OPTIONAL'],
      ['list', undefined, 'REPEATED'],
      ['element', 2, 'OPTIONAL'],
    ]);
    const specs: ColumnSpec[] = [{ name: 'n', type: 'int', required: true, doc: '' }];
    const rows = new RowSet(specs, 0);
    (rows.columns[0] as IntColumn).append(1, 0);
    rows.rows = 2;
    const writer = await loadParquetWriter();
    expect(() => writer(schemaOf(specs), rows)).toThrow('n is required');
  });
});
