/**
 * The documented program (docs/tables.md) rebuilds records from their rows, as PyIceberg reads them, and the JSON functions of
 * DuckDB, PyArrow and Python read all JSON columns. `TRAILMILL_FUZZ_RUNS` is the number of records of each kind.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { CloudTrailColumn } from '../../../cloudtrail/columns/column.js';
import { columnsOf, MANAGED_COLUMNS } from '../../../cloudtrail/table-columns.js';
import { TABLE_KEYS, type TableConfig } from '../../../cloudtrail/table-config.js';
import { allTables, tableNameOf } from '../../../cloudtrail/tables.js';
import { REBUILD } from '../../../dev/scripts/docs/rebuild.js';
import { columnsFile } from '../../../dev/scripts/docs/record-columns.js';
import { type PythonProcess, startPythonProcess } from '../../../dev/servers/python-process.js';
import { createStorageCatalog } from '../../../iceberg/storage-catalog.js';
import { ensureTables, type RunContext } from '../../../run/context.js';
import { writeSample } from '../../../sample/index.js';
import { createFileStore } from '../../../storage/file.js';
import { createMemoryStore } from '../../../storage/memory.js';
import type { ObjectStore } from '../../../storage/object-store.js';
import { arbitraryFiles } from '../../support/arbitrary-files.js';
import { describeWithReaders, PYTHON, type Reader, startReader } from '../../support/python.js';
import { describeWithRealData, realFiles } from '../../support/real-data.js';
import { ACCOUNT, DAY, ingestWholeDay, memoryRun } from '../../support/runs.js';

const RECORDS = Number(process.env.TRAILMILL_FUZZ_RUNS ?? 120);
const SEED = Number(process.env.TRAILMILL_FUZZ_SEED ?? Date.now() % 1_000_000);
const SOURCE = 'aws_cloudtrail';

/** With user-defined columns, which are copies. */
const TABLES: readonly TableConfig[] = allTables(SOURCE).map((table) => ({
  ...table,
  columns: [
    { name: 'team.parameters', type: 'string', doc: '', from: ['requestParameters'], convert: 'json' },
    { name: 'team.new', type: 'string', doc: '', from: ['', '__proto__'], convert: 'json' },
    { name: 'team.action', type: 'string', doc: '', from: ['eventName'] },
  ],
}));

/** The texts of a file's records in order, or the text of the whole file, by object key. */
type Delivered = Record<string, string[] | string>;

interface Checked {
  rows: Record<string, number>;
  originals: number;
  wrong: string[];
}

let directory: string;
/** Started once: its imports take longer than its checks. */
let checker: Promise<PythonProcess> | undefined;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trailmill-rebuild-'));
});
afterAll(async () => {
  await (await checker)?.close();
  await rm(directory, { recursive: true, force: true });
});

let warehouses = 0;

/** Ingests the days of a bucket without deduplication. */
async function ingested(bucket: ObjectStore, days: readonly string[]): Promise<RunContext> {
  const run = memoryRun({}, TABLES);
  const warehouse = createFileStore(join(directory, `w${++warehouses}`));
  const { deduplicate: _deduplicate, ...config } = { ...run.config, location: bucket.uri };
  const context: RunContext = { ...run, config, bucket, warehouse, catalog: createStorageCatalog(warehouse) };
  for (const day of days) await ingestWholeDay(context, day);
  return context;
}

async function metadataOf(run: RunContext): Promise<Record<string, string>> {
  const tables = await ensureTables(run);
  return Object.fromEntries(
    TABLE_KEYS.map((key) => [tableNameOf(SOURCE, key), tables[key]?.metadataLocation.replace('file://', '') ?? '']),
  );
}

function jsonColumns(columns: readonly CloudTrailColumn[]): string[] {
  return columns
    .filter((column) =>
      column.kind === 'decoder'
        ? column.role === 'unmapped' || column.role === 'empty_members'
        : column.kind === 'direct' && column.as === 'json',
    )
    .map(({ name }) => name);
}

async function check(run: RunContext, delivered: Delivered): Promise<Checked> {
  const request = {
    code: REBUILD,
    columns: JSON.parse(columnsFile()),
    tables: await metadataOf(run),
    json: Object.fromEntries(TABLES.map((table) => [table.name, jsonColumns(columnsOf(table))])),
    delivered: Object.fromEntries(
      Object.entries(delivered).map(([key, records]) => [`${run.config.location}/${key}`, records]),
    ),
  };
  checker ??= startPythonProcess(process.env[PYTHON] as string, join(__dirname, '../../support/check_rebuild.py'));
  return (await (await checker).ask(request)) as Checked;
}

function keyOf(kind: string, name: string): string {
  const stamp = kind.endsWith('Digest') ? 'T1205' : 'T1205';
  const tail = kind.endsWith('Digest')
    ? `us-east-1_t${name}_us-east-1_20240305${stamp}00Z`
    : `us-east-1_20240305${stamp}Z_${name.padStart(16, 'A')}`;
  return `AWSLogs/${ACCOUNT}/${kind}/us-east-1/${DAY.replaceAll('-', '/')}/${ACCOUNT}_${kind}_${tail}.json.gz`;
}

const KINDS = ['CloudTrail', 'CloudTrail-NetworkActivity', 'CloudTrail-Aggregated', 'CloudTrail-Insight'];

/** Made-up records of each kind, most of them from one day, so that there are fewer data files. */
function madeUp(): Delivered {
  const ofTable = (key: 'default' | 'insights' | 'digest', form: 'records' | 'digest', offset: number): string[] =>
    // Half of them without anything that puts a record into `event.original`, so that the columns must hold everything.
    [true, false]
      .flatMap((hostile) =>
        fc.sample(arbitraryFiles(MANAGED_COLUMNS[key], form, { hostile }).record, {
          numRuns: Math.ceil(RECORDS / 2),
          seed: SEED + offset,
        }),
      )
      .map((text, at) =>
        at % 8 === 0 ? text : text.replace(/"(eventTime|digestEndTime)":"[^"]*"/, `"$1":"${DAY}T12:00:00Z"`),
      );
  const delivered: Delivered = {};
  KINDS.forEach((kind, offset) => {
    const records = ofTable(kind.endsWith('Insight') ? 'insights' : 'default', 'records', offset);
    delivered[keyOf(kind, '1')] = kind.endsWith('Aggregated')
      ? records.map((text) =>
          text
            .replaceAll('"eventTime":', '"eventId":')
            .replace(/\}$/, `,"timeWindow":{"windowStart":"${DAY}T12:00:00Z","windowSize":null}}`),
        )
      : records;
  });
  ofTable('digest', 'digest', KINDS.length).forEach((text, at) => {
    delivered[keyOf('CloudTrail-Digest', String(at))] = [text];
  });
  return delivered;
}

async function bucketOf(delivered: Delivered): Promise<ObjectStore> {
  const bucket = createMemoryStore('bucket');
  for (const [key, records] of Object.entries(delivered)) {
    const whole =
      Array.isArray(records) && !key.includes('Digest') ? `{"Records":[${records.join(',\n')}]}` : `${records}`;
    await bucket.put(key, gzipSync(whole));
  }
  return bucket;
}

describeWithReaders('by the documented rule, and with JSON that all engines read,', () => {
  it(`made-up records of all kinds are rebuilt (seed ${SEED})`, async () => {
    const delivered = madeUp();
    const run = await ingested(await bucketOf(delivered), [DAY]);
    const { rows, originals, wrong } = await check(run, delivered);
    expect(wrong).toEqual([]);
    const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
    // Some records have no row, because their times cannot be read.
    expect(total).toBeGreaterThan(RECORDS * 3);
    expect(originals).toBeGreaterThan(0);
    expect(originals).toBeLessThan(total * 0.6);
  });

  it('records gain no members, and null is distinguished from a missing member', async () => {
    const delivered: Delivered = {
      [keyOf('CloudTrail-Aggregated', '1')]: [
        '{"eventVersion":"1.0","eventId":"agg-1","accountId":"111122223333","eventType":"AwsAggregatedEvent","timeWindow":{"windowStart":"2024-03-05T00:00:00Z","windowEnd":"2024-03-05T00:05:00Z","windowSize":"PT5M"},"summary":{}}',
      ],
      [keyOf('CloudTrail-Insight', '1')]: [
        '{"eventTime":"2024-03-05T00:00:00Z","eventID":"i-1","eventType":"AwsCloudTrailInsight","insightDetails":{"state":"Start","eventSource":"ssm.amazonaws.com","eventName":"UpdateInstanceInformation"}}',
        '{"eventTime":"2024-03-05T00:00:00Z","eventID":"i-2","eventName":"A","eventSource":null,"insightDetails":{"eventName":"A","insightContext":{"attributions":[{"attribute":"userAgent","insight":[],"baseline":null}]}}}',
      ],
      ...Object.fromEntries(
        ['null', '"2024-03-05T11:58:00Z"', undefined].map((time, at) => [
          keyOf('CloudTrail-Digest', String(at)),
          [
            `{"digestEndTime":"2024-03-05T12:00:00Z","newestEventTime":null,"logFiles":[{"s3Bucket":"b","hashValue":"42"${time === undefined ? '' : `,"newestEventTime":${time}`}}]}`,
          ],
        ]),
      ),
      [keyOf('CloudTrail', '1')]: [
        '{"eventTime":"2024-03-05T12:00:00Z","eventName":"","resources":[],"userIdentity.type":"Root","userIdentity":{"sessionContext":{"attributes":{}}}}',
        '{"eventTime":"2024-03-05T14:00:00.5+02:00","eventName":5,"readOnly":"true","resources":[null,{},{"ARN":null},{"type":"t"}]}',
        '{"eventTime":"2024-03-05T12:00:00Z","eventID":null,"sessionCredentialFromConsole":"true","responseElements":{"user":{}},"resources":null}',
      ],
    };
    const { rows, originals, wrong } = await check(await ingested(await bucketOf(delivered), [DAY]), delivered);
    expect([wrong, originals]).toEqual([[], 0]);
    expect(rows).toEqual({ [SOURCE]: 4, [`${SOURCE}_insights`]: 2, [`${SOURCE}_digest`]: 3 });
  });

  it('files that once gained members, or lost a null, are rebuilt', async () => {
    const files = { aggregated: 'aggregated-event', insight: 'insight', digest: 'digest-with-null-times' };
    const text = (name: string): string => readFileSync(join(__dirname, '../../cases', `${name}.json`), 'utf8');
    const delivered: Delivered = {
      [keyOf('CloudTrail-Aggregated', '1')]: text(files.aggregated),
      [keyOf('CloudTrail-Insight', '1')]: text(files.insight),
      [keyOf('CloudTrail-Digest', '1')]: text(files.digest),
    };
    const { rows, originals, wrong } = await check(await ingested(await bucketOf(delivered), [DAY]), delivered);
    expect([wrong, originals]).toEqual([[], 0]);
    expect(rows).toEqual({ [SOURCE]: 1, [`${SOURCE}_insights`]: 1, [`${SOURCE}_digest`]: 1 });
  });

  it('the files of a sample bucket are rebuilt', async () => {
    const bucket = createMemoryStore('sample');
    const manifest = await writeSample(bucket, { days: 1, accounts: 2, regions: 1, eventsPerHour: 20, seed: 3 });
    const delivered: Delivered = {};
    for await (const { objects } of bucket.list('AWSLogs/'))
      for (const { key } of objects) delivered[key] = gunzipSync((await bucket.get(key)).body).toString();
    const days = [
      ...new Set(Object.keys(delivered).map((key) => /(\d{4})\/(\d\d)\/(\d\d)\//.exec(key)?.slice(1).join('-') ?? '')),
    ];
    const { rows, originals, wrong } = await check(await ingested(bucket, days), delivered);
    expect([wrong, originals]).toEqual([[], 0]);
    expect(rows).toEqual(Object.fromEntries(TABLE_KEYS.map((key) => [tableNameOf(SOURCE, key), manifest.tables[key]])));
  });

  describeWithRealData('real', () => {
    it('files are rebuilt', async () => {
      const delivered = Object.fromEntries(realFiles().map(({ key, bytes }) => [key, Buffer.from(bytes).toString()]));
      const days = [
        ...new Set(
          Object.keys(delivered).map((key) => /(\d{4})\/(\d\d)\/(\d\d)\//.exec(key)?.slice(1).join('-') ?? ''),
        ),
      ];
      const { rows, originals, wrong } = await check(await ingested(await bucketOf(delivered), days), delivered);
      expect([wrong, originals, rows[SOURCE]]).toEqual([[], 0, 2093]);
    });
  });
});

describeWithReaders('one record with half of a surrogate pair', () => {
  let reader: Reader;
  beforeAll(async () => {
    reader = await startReader();
  });
  afterAll(() => reader?.close());

  it('does not affect JSON queries over the whole table', async () => {
    const record = (id: string, parameters: string): string =>
      `{"eventTime":"${DAY}T12:00:00Z","eventID":"${id}","requestParameters":${parameters},"responseElements":null}`;
    const delivered = {
      [keyOf('CloudTrail', '1')]: [
        record('1', '{"bucketName":"example-bucket"}'),
        record('2', '{"bucketName":"b","note":"cut \\ud83d"}'),
      ],
    };
    const run = await ingested(await bucketOf(delivered), [DAY]);
    const { [SOURCE]: metadata } = await metadataOf(run);
    const rows = await reader.duckdb({
      tables: { t: metadata },
      sql: `SELECT aws.cloudtrail.request_parameters ->> '$.bucketName' AS bucket, aws.cloudtrail.request_parameters ->> '$.note' AS note,
              event.original AS original FROM t ORDER BY event.id`,
    });
    expect(rows).toEqual([
      { bucket: 'example-bucket', note: null, original: null },
      { bucket: 'b', note: 'cut \ufffd', original: delivered[keyOf('CloudTrail', '1')][1] },
    ]);
  });
});
