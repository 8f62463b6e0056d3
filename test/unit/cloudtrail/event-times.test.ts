/** Event times of every year that tables have: to the microsecond, and on their day. Others are rejected, with a reason. */
import fc from 'fast-check';
import { DEFAULT_TABLE_COLUMNS } from '../../../cloudtrail/columns/default';
import type { DecodedFile } from '../../../cloudtrail/decoder/decoded-file';
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder';
import { readColumns } from '../../../columnar/parquet';
import { dataFileOf, readFooter } from '../../../iceberg/metrics';
import { schemaOf } from '../../../iceberg/schema';
import { parquetOf } from '../../support/parquet';
import { ingestWholeDay, memoryRun, records, rowsOf, trailFile, trailKey } from '../../support/runs';

const SCHEMA = schemaOf(DEFAULT_TABLE_COLUMNS);
const DAY_MICROS = 86_400_000_000n;

function decode(times: readonly string[]): DecodedFile & { decoder: FileDecoder } {
  const decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS);
  const Records = times.map((eventTime, i) => ({ eventTime, eventID: String(i) }));
  return { ...decoder.decode(Buffer.from(JSON.stringify({ Records })), 'file:///f'), decoder };
}

/** Independent of the parser: days by the proleptic Gregorian calendar, in integers. */
function micros(year: number, month: number, day: number, second: number, fraction: number): bigint {
  const y = BigInt(month <= 2 ? year - 1 : year) + 400n;
  const m = BigInt(month <= 2 ? month + 9 : month - 3);
  const days = 365n * y + y / 4n - y / 100n + y / 400n + (153n * m + 2n) / 5n + BigInt(day) - 1n;
  // 1970-01-01 by the same count.
  const epoch = 365n * 2369n + 2369n / 4n - 2369n / 100n + 2369n / 400n + (153n * 10n + 2n) / 5n;
  return (days - epoch) * DAY_MICROS + BigInt(second) * 1_000_000n + BigInt(fraction);
}

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');
const text = (y: number, m: number, d: number, s: number, f: number): string =>
  `${pad(y, 4)}-${pad(m)}-${pad(d)}T${pad(Math.floor(s / 3600))}:${pad(Math.floor(s / 60) % 60)}:${pad(s % 60)}.${pad(f, 6)}Z`;

test('the microseconds of every year are in the Parquet file, in its bounds, and on the right day', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.integer({ min: 1, max: 9999 }), fc.constantFrom(1, 1684, 1685, 1969, 2255, 2256, 9999)),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 28 }),
      fc.oneof(fc.integer({ min: 0, max: 86_399 }), fc.constant(86_399)),
      fc.oneof(fc.integer({ min: 0, max: 999_999 }), fc.constantFrom(1, 999_999)),
      async (year, month, day, second, fraction) => {
        const expected = micros(year, month, day, second, fraction);
        const { decoder, rejects } = decode([text(year, month, day, second, fraction)]);
        expect(rejects).toEqual([]);
        const [rows] = decoder.take();
        expect(rows.day).toBe(Number((expected - (((expected % DAY_MICROS) + DAY_MICROS) % DAY_MICROS)) / DAY_MICROS));
        const table = await readColumns(await parquetOf(SCHEMA, rows), ['ts']);
        const column = table?.getChild('ts');
        expect((column?.data[0].values as BigInt64Array | undefined)?.[0]).toBe(expected);
      },
    ),
    { numRuns: 200 },
  );
});

test('the bounds in the manifest are to the microsecond', async () => {
  const { decoder } = decode(['9999-12-31T23:59:59.999999Z']);
  const [rows] = decoder.take();
  const bytes = await parquetOf(SCHEMA, rows);
  const file = dataFileOf({
    path: '',
    bytes: bytes.length,
    day: rows.day,
    schema: SCHEMA,
    footer: await readFooter(bytes),
  });
  const id = SCHEMA.fields.find(({ name }) => name === 'ts')?.id;
  // Base64 of a long, little-endian: see encodeBound.
  const bounds = [file.lowerBounds, file.upperBounds].map((of) => Buffer.from(of[String(id)], 'base64'));
  expect(bounds.map((bound) => bound.readBigInt64LE())).toEqual(Array(2).fill(253_402_300_799_999_999n));
  expect(file.day).toBe(2932896);
});

test.each([
  ['0001-01-01T00:30:00+01:00'],
  ['0000-12-31T23:59:59Z'],
  ['0000-02-29T12:00:00.5Z'],
  ['9999-12-31T23:30:00-01:00'],
  ['9999-12-31T23:59:59.999999-00:01'],
  ['10000-01-01T00:00:00Z'],
  ['+010000-01-01T00:00:00Z'],
  ['-0001-01-01T00:00:00Z'],
])('%s is rejected as out of range, and the records beside it are rows', (time) => {
  const { records: count, rejects } = decode(['2024-03-05T12:00:00Z', time, '2024-03-05T12:00:01Z']);
  expect(count).toBe(3);
  expect(rejects).toMatchObject([
    {
      index: 1,
      reason: 'event_time_out_of_range',
      message: `eventTime is outside the years 1 to 9999 (UTC): "${time}"`,
    },
  ]);
});

test.each(['0000-13-01T00:00:00Z', '9999-12-31T24:00:00Z', '2024-03-05', '2024-02-30T00:00:00Z', '12345'])(
  '%s is no time, and so of no year',
  (time) => {
    expect(decode([time]).rejects).toMatchObject([{ reason: 'bad_event_time' }]);
  },
);

test('a transform sees and sets the microseconds of distant years, and cannot leave the valid range', () => {
  const seen: unknown[] = [];
  const columns = [
    ...DEFAULT_TABLE_COLUMNS,
    { kind: 'free' as const, name: 'my.time', type: 'timestamptz' as const, doc: '' },
  ];
  const decoder = new FileDecoder(columns, 'records', {
    transform: (row) => {
      seen.push(row.get('ts'));
      row.set('my.time', '9999-12-31T23:59:59.999999Z');
      seen.push(row.get('my.time'));
      for (const value of ['0001-01-01T00:00:00+00:01', new Date(8.64e15)])
        try {
          row.set('my.time', value);
        } catch (error) {
          seen.push((error as Error).message.slice(0, 21));
        }
      return row;
    },
  });
  decoder.decode(Buffer.from('{"Records":[{"eventTime":"3024-03-05T12:00:00.123457Z"}]}'), 'file:///f');
  expect(seen).toEqual([
    '3024-03-05T12:00:00.123457Z',
    '9999-12-31T23:59:59.999999Z',
    'my.time: expected a t',
    'my.time: expected a t',
  ]);
});

test('the ledger has no time that tables cannot represent', async () => {
  const run = memoryRun();
  const odd = [{ ...records(1)[0], eventTime: '9999-12-31T23:59:59.999999Z' }];
  await run.bucket.put(trailKey('far'), trailFile(odd));
  await ingestWholeDay(run);
  const [entry] = await rowsOf(run, 'ledger');
  expect(entry).toMatchObject({ status: 'ingested' });
  expect(Number(entry.last_event_time as number)).toBeLessThan(253_402_300_800_000_000);
});
