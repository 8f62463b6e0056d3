import fc from 'fast-check';
import { encodeBound, truncateString } from '../../../iceberg/bounds.js';
import { dataFileOf, type Footer, readFooter } from '../../../iceberg/metrics.js';
import { schemaOf } from '../../../iceberg/schema.js';

const utf8 = (text: string): Buffer => Buffer.from(text, 'utf8');

describe('string bounds', () => {
  it('enclose every value, by UTF-8 bytes, and are at most 16 code points long', () => {
    // Short alphabets of the difficult code points, so that strings share long prefixes.
    const point = fc.constantFrom(
      'a',
      '\u007f',
      '\u0080',
      '\u07ff',
      '\ud7ff',
      '\ue000',
      '\uffff',
      '\u{10000}',
      '\u{10ffff}',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.array(point, { maxLength: 40 }).map((points) => points.join('')),
      fc.integer({ min: 0, max: 40 }).map((length) => '\u{10ffff}'.repeat(length)),
    );
    fc.assert(
      fc.property(text, (value) => {
        const lower = truncateString(value, 'lower');
        const upper = truncateString(value, 'upper');
        expect(lower).toBeDefined();
        expect(Buffer.compare(utf8(lower ?? ''), utf8(value))).toBeLessThanOrEqual(0);
        if (upper === undefined) expect([...value].slice(0, 16).every((each) => each === '\u{10ffff}')).toBe(true);
        else expect(Buffer.compare(utf8(upper), utf8(value))).toBeGreaterThanOrEqual(0);
        for (const bound of [lower ?? '', upper ?? '']) {
          expect([...bound].length).toBeLessThanOrEqual(16);
          expect(utf8(bound).toString('utf8')).toBe(bound);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('skip values that are not characters when they are incremented', () => {
    const head = 'x'.repeat(15);
    expect(truncateString(`${head}ab`, 'upper')).toBe(`${head}b`);
    expect(truncateString(`${head}\ud7ffz`, 'upper')).toBe(`${head}\ue000`);
    expect(truncateString(`${head}\u{10ffff}z`, 'upper')).toBe(`${'x'.repeat(14)}y`);
    expect(truncateString('\u{10ffff}'.repeat(17), 'upper')).toBeUndefined();
    expect(truncateString(`${head}a`, 'upper')).toBe(`${head}a`);
  });

  it('are omitted if the statistics cut a character in half', () => {
    expect(encodeBound('string', Buffer.from([0x61, 0xc3]), 'upper')).toBeUndefined();
  });
});

describe('single-value serialization', () => {
  it('is that of the spec', () => {
    expect(encodeBound('boolean', true, 'lower')).toEqual(Buffer.from('01', 'hex'));
    expect(encodeBound('int', -2, 'lower')).toEqual(Buffer.from('feffffff', 'hex'));
    expect(encodeBound('date', 1, 'lower')).toEqual(Buffer.from('01000000', 'hex'));
    expect(encodeBound('long', 2n ** 53n + 1n, 'lower')).toEqual(Buffer.from('0100000000002000', 'hex'));
    expect(encodeBound('timestamptz', -1n, 'upper')).toEqual(Buffer.from('ffffffffffffffff', 'hex'));
    expect(encodeBound('string', utf8('é'), 'lower')).toEqual(Buffer.from('c3a9', 'hex'));
    expect(encodeBound('double', 1.5, 'lower')).toBeUndefined();
  });
});

describe('metrics of a file', () => {
  const schema = schemaOf([
    { name: 'ts', type: 'timestamptz', doc: '' },
    { name: 'tags', type: { list: 'string' }, doc: '' },
  ]);
  type Statistics = { min_value?: unknown; max_value?: unknown; null_count?: bigint };
  const footerOf = (groups: { ts: Statistics; tags: Statistics }[]): Footer => {
    const column = (statistics: Statistics, values: bigint) => ({
      meta_data: { num_values: values, total_compressed_size: 7n, statistics },
    });
    return {
      num_rows: BigInt(10 * groups.length),
      schema: [
        { name: 'root' },
        { name: 'ts', type: 'INT64', field_id: 1 },
        { name: 'tags', field_id: 2 },
        { name: 'element', type: 'BYTE_ARRAY', field_id: 3 },
      ],
      row_groups: groups.map(({ ts, tags }) => ({ columns: [column(ts, 10n), column(tags, 25n)] })),
    } as unknown as Footer;
  };
  const metricsOf = (groups: { ts: Statistics; tags: Statistics }[]) =>
    dataFileOf({ path: 'p', bytes: 9, day: 1, schema, footer: footerOf(groups) });
  const tags = { min_value: utf8('a'), max_value: utf8('b'), null_count: 3n };
  const long = (base64: string): bigint => Buffer.from(base64, 'base64').readBigInt64LE();

  it('span all row groups; lists have counts of their elements and no bounds', () => {
    const file = metricsOf([
      { ts: { min_value: 5n, max_value: 9n, null_count: 0n }, tags },
      { ts: { min_value: 2n, max_value: 7n, null_count: 1n }, tags },
      { ts: { null_count: 10n }, tags },
    ]);
    expect(file).toMatchObject({ rows: 30, valueCounts: { 1: 30, 3: 75 }, nullCounts: { 1: 11, 3: 9 } });
    expect(file.columnSizes).toEqual({ 1: 21, 3: 21 });
    expect([long(file.lowerBounds[1]), long(file.upperBounds[1])]).toEqual([2n, 9n]);
    expect(Object.keys(file.lowerBounds)).toEqual(['1']);
  });

  it('have full bounds of lookup columns, and 16 characters of other strings', () => {
    const columns = ['a.arn', 'a.text'].map((name) => ({ name, type: 'string' as const, doc: '' }));
    const value = 'arn:aws:sts::694000000000:assumed-role/é/session';
    const statistics = { min_value: utf8(value), max_value: utf8(value), null_count: 0n };
    const chunk = { meta_data: { num_values: 1n, total_compressed_size: 7n, statistics } };
    const footer = {
      num_rows: 1n,
      schema: [2, 3].map((field_id) => ({ name: 'c', type: 'BYTE_ARRAY', field_id })),
      row_groups: [{ columns: [chunk, chunk] }],
    } as unknown as Footer;
    const file = dataFileOf({
      ...{ path: 'p', bytes: 9, day: 1, schema: schemaOf(columns), footer },
      columns: [{ ...columns[0], lookup: true }, columns[1]],
    });
    const text = (bounds: Record<string, string>) => Object.values(bounds).map((each) => atob(each));
    const bytes = utf8(value).toString('latin1');
    expect(text(file.lowerBounds)).toEqual([bytes, 'arn:aws:sts::694']);
    expect(text(file.upperBounds)).toEqual([bytes, 'arn:aws:sts::695']);
  });

  it('have no bounds if one row group with values has none', () => {
    const known = { min_value: 5n, max_value: 9n, null_count: 0n };
    const file = metricsOf([
      { ts: known, tags },
      { ts: {}, tags },
    ]);
    expect(file.lowerBounds).toEqual({});
    expect(file.nullCounts).toEqual({ 3: 6 });
  });

  it('refuse a column without a field id, and bytes that are not Parquet', async () => {
    const footer = footerOf([]);
    delete footer.schema[1].field_id;
    expect(() => dataFileOf({ path: 'p', bytes: 9, day: 1, schema, footer })).toThrow('field id');
    await expect(readFooter(Buffer.from('not a parquet file'))).rejects.toThrow();
  });
});
