/** A row and its record say the same: every record is rebuilt from its row, to the last digit and half of a character. */
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { type Conversion, direct, type Shape } from '../../../cloudtrail/columns/column.js';
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder.js';
import { MANAGED_COLUMNS } from '../../../cloudtrail/table-columns.js';
import { tableOf } from '../../../cloudtrail/table-config.js';
import { allTables, type TableRole } from '../../../cloudtrail/tables.js';
import { writeSample } from '../../../sample/index.js';
import { createMemoryStore } from '../../../storage/memory.js';
import { arbitraryFiles } from '../../support/arbitrary-files.js';
import { type Reading, type Row, rebuild, rowsOf } from '../../support/columns.js';
import { TABLE_WITH_COPIES } from '../../support/copies.js';
import { Digits, difference, parseLossless } from '../../support/lossless.js';
import { DEFAULT_TABLE, DIGEST_TABLE, INSIGHTS_TABLE, indexOf, type OracleTable } from '../../support/oracle.js';
import { describeWithRealData, realFiles } from '../../support/real-data.js';
import { ingestWholeDay, memoryRun, rowsOf as storedRows } from '../../support/runs.js';

const LOSSLESS: Reading = {
  parse: parseLossless,
  number: (value) => new Digits(Object.is(value, -0) ? '-0' : String(value)),
};
const TABLES = { default: DEFAULT_TABLE, insights: INSIGHTS_TABLE, digest: DIGEST_TABLE };

/** Columns that consume numbers, dates and nested values, which no managed table does. */
const NUMBERS: Shape = {
  list: {
    members: [
      { key: 'a', name: 'a', shape: 'integer' },
      { key: 'b', name: 'b', shape: { list: 'number' } },
      { key: 'type', name: 'c', shape: { members: [{ key: 'ARN', name: 'arn', shape: 'date' }] } },
    ],
  },
};
const CONSUMING: [name: string, as: Conversion][] = [
  ['int', 'integer'],
  ['long', 'integer'],
  ['double', 'number'],
  ['date', 'date'],
  ['deep.nested', { shape: NUMBERS }],
  ['deep.number', 'number'],
];
const NUMBER_TABLE: OracleTable = {
  ...DEFAULT_TABLE,
  columns: [
    ...DEFAULT_TABLE.columns,
    ...CONSUMING.map(([path, as]) => ({
      ...direct(`n.${path}`, path, as, ''),
      ...(path === 'int' ? { type: 'int' as const } : {}),
    })),
  ],
};

/** Where a rebuilt record differs from the delivered one. */
function differences(text: string, { columns, form }: OracleTable, decoder = new FileDecoder(columns, form)): string[] {
  decoder.decode(Buffer.from(text), 'file:///f');
  const file = parseLossless(text) as { Records: unknown[] };
  const records = form === 'digest' ? [file] : file.Records;
  return decoder
    .take()
    .flatMap(rowsOf)
    .flatMap((row) => difference(rebuild(row, columns, LOSSLESS), records[indexOf(row)]) ?? []);
}

describe.each([
  ...Object.entries(TABLES),
  ['with copies', TABLE_WITH_COPIES] as const,
  ['with numbers', NUMBER_TABLE] as const,
])('the table %s', (_name, table) => {
  it('has the complete record in each row, whatever it was', () => {
    const decoder = new FileDecoder(table.columns, table.form);
    fc.assert(
      fc.property(arbitraryFiles(table.columns, table.form).file, (text) => {
        expect(differences(text, table, decoder)).toEqual([]);
      }),
      { numRuns: Number(process.env.TRAILMILL_FUZZ_RUNS ?? 200) },
    );
  });
});

const ODD_VALUES: [what: string, json: string][] = [
  ['a whole number beyond 2^53', '9007199254740993'],
  ['one beyond 2^64', '-123456789012345678901234567890'],
  ['a fraction that a double rounds', '0.1000000000000000055511151231257827'],
  ['a number that no double holds', '1e400'],
  ['the smallest', '4.9e-324'],
  ['minus zero', '-0'],
  ['a number with zeros at its end', '1.500'],
  ['half of a surrogate pair', '"a\\ud83cb"'],
  ['the other half', '"\\udf89"'],
  ['both, the wrong way round', '"\\udf89\\ud83c"'],
  ['a string of two megabytes', JSON.stringify('é🎉\u0000'.repeat(300_000))],
  ['every control character', JSON.stringify(String.fromCharCode(...Array.from({ length: 32 }, (_, code) => code)))],
  ['line separators', '"\u2028\u2029\ufeff"'],
  ['nothing', 'null'],
  ['empty', '{"a":{},"b":[],"c":""}'],
];

test.each(ODD_VALUES)('%s survives at every place of a record', (_what, value) => {
  const place = (path: string): string =>
    path
      .split('.')
      .reduceRight((inner, key) => `{"${key}":${inner}}`, value)
      .slice(1, -1);
  const paths = [
    'eventName',
    'readOnly',
    'userIdentity.arn',
    'userIdentity.new',
    'requestParameters',
    'requestParameters.userName',
  ];
  const more = [
    'new',
    'new.deep',
    'userIdentity',
    'insightDetails.state',
    'insightDetails.insightContext.statistics.insightDuration',
  ];
  const numbers = ['int', 'long', 'double', 'date', 'deep.number', 'deep.nested'];
  const records = [...paths, ...more, ...numbers].map((path) => `{"eventTime":"2024-03-05T12:00:00Z",${place(path)}}`);
  const lists = [`[${value}]`, `[{"ARN":${value}}]`, `[{"ARN":"a"},{"x":${value}}]`, `[{"a":${value},"b":[${value}]}]`];
  for (const list of lists)
    for (const key of ['resources', 'nested']) {
      const member = key === 'resources' ? `"resources":${list}` : `"deep":{"nested":${list}}`;
      records.push(`{"eventTime":"2024-03-05T12:00:00Z",${member}}`);
    }
  const text = `{"Records":[${records.join(',')}]}`;
  for (const table of [DEFAULT_TABLE, INSIGHTS_TABLE, NUMBER_TABLE]) expect(differences(text, table)).toEqual([]);
  const digest = `{"digestEndTime":"2024-03-05T12:00:00Z","logFiles":[{"hashValue":${value},"newestEventTime":${value},"oldestEventTime":null}],"awsAccountId":${value}}`;
  expect(differences(digest, DIGEST_TABLE)).toEqual([]);
});

test('numbers are in their columns if these can represent them, otherwise in the unmapped members', () => {
  const row = (members: string): Row => {
    const decoder = new FileDecoder(NUMBER_TABLE.columns);
    decoder.decode(Buffer.from(`{"Records":[{"eventTime":"2024-03-05T12:00:00Z",${members}}]}`), 'f');
    return rowsOf(decoder.take()[0])[0];
  };
  const exact = row('"long":9223372036854775807,"int":-2147483648,"double":0.1,"deep":{"number":-0}');
  expect([exact['n.long'], exact['n.int'], exact['n.double'], exact['n.deep.number']]).toEqual([
    9_223_372_036_854_775_807n,
    -2_147_483_648,
    0.1,
    -0,
  ]);
  expect(exact['aws.cloudtrail.unmapped']).toBeNull();
  const inexact = row('"long":9223372036854775808,"int":1.0,"double":0.10000000000000000001,"deep":{"number":"5"}');
  expect([inexact['n.long'], inexact['n.int'], inexact['n.double'], inexact['n.deep.number']]).toEqual([
    null,
    1,
    0.1,
    5,
  ]);
  expect(inexact['aws.cloudtrail.unmapped']).toBe(
    '{"long":9223372036854775808,"int":1.0,"double":0.10000000000000000001,"deep":{"number":"5"}}',
  );
});

describe('a sample bucket', () => {
  const made = (async () => {
    const store = createMemoryStore('sample');
    const manifest = await writeSample(store, { days: 2, accounts: 2, regions: 1, eventsPerHour: 20, seed: 8 });
    const files = new Map<string, string>();
    for await (const { objects } of store.list('AWSLogs/'))
      for (const { key } of objects) files.set(key, gunzipSync((await store.get(key)).body).toString());
    return { store, manifest, files };
  })();

  it('is rebuilt record by record, in all three tables', async () => {
    const { files, manifest } = await made;
    const found = { default: 0, insights: 0, digest: 0 };
    for (const [key, text] of files) {
      const name = tableOf(key.split('/').find((part) => part.startsWith('CloudTrail')) ?? '');
      expect([key, differences(text, TABLES[name])]).toEqual([key, []]);
      found[name] += name === 'digest' ? 1 : (JSON.parse(text) as { Records: unknown[] }).Records.length;
    }
    expect(found).toEqual(manifest.tables);
    expect(Math.min(...Object.values(found))).toBeGreaterThan(1);
  });

  it('is rebuilt from the Parquet files of the tables too', async () => {
    const { files, manifest, store } = await made;
    const run = { ...memoryRun({}, allTables('aws_cloudtrail')), bucket: store };
    for (let day = manifest.delivery.from; day <= manifest.delivery.to; day = nextDay(day))
      await ingestWholeDay(run, day);
    for (const role of ['default', 'insights', 'digest'] as const) {
      const rows = await flatRows(run, role);
      expect(rows).toHaveLength(manifest.tables[role]);
      for (const row of rows) {
        const key = String(row['log.file.path']).slice('memory://sample/'.length);
        const file = parseLossless(files.get(key) ?? '') as { Records: unknown[] };
        const record = role === 'digest' ? file : file.Records[indexOf(row)];
        expect(difference(rebuild(row, MANAGED_COLUMNS[role], LOSSLESS), record)).toBeUndefined();
      }
    }
  });
});

const nextDay = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);

/** Rows as Arrow reads them, by column name; times, which it gives in milliseconds, in microseconds. */
async function flatRows(
  run: Parameters<typeof storedRows>[0],
  role: TableRole & keyof typeof MANAGED_COLUMNS,
): Promise<Row[]> {
  const micros = (value: unknown): unknown => (typeof value === 'number' ? BigInt(value) * 1000n : null);
  return (await storedRows(run, role)).map((nested) =>
    Object.fromEntries(
      MANAGED_COLUMNS[role].map(({ name, type }) => {
        const value = name.split('.').reduce<unknown>((at, key) => (at as Row | null)?.[key], nested) ?? null;
        if (type === 'timestamptz') return [name, micros(value)];
        if (name !== 'aws.cloudtrail.digest.log_files') return [name, value];
        const times = ['newest_event_time', 'oldest_event_time'];
        const files = value as Row[];
        return [
          name,
          files.map((file) => ({ ...file, ...Object.fromEntries(times.map((time) => [time, micros(file[time])])) })),
        ];
      }),
    ),
  );
}

describeWithRealData('real files', () => {
  it('are rebuilt to the last digit', () => {
    for (const { key, bytes } of realFiles())
      expect([key, differences(Buffer.from(bytes).toString(), DEFAULT_TABLE)]).toEqual([key, []]);
  });
});
