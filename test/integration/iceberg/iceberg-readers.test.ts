import { access, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { appendManifests } from '../../../iceberg/append.js';
import type { Catalog, LoadedTable } from '../../../iceberg/catalog.js';
import { keyOf, locationOf } from '../../../iceberg/location.js';
import { writeManifest } from '../../../iceberg/manifest.js';
import { manifestsOf, storeManifest } from '../../../iceberg/manifest-files.js';
import { dataFileOf, readFooter } from '../../../iceberg/metrics.js';
import { scanFiles } from '../../../iceberg/scan.js';
import { schemaOf } from '../../../iceberg/schema.js';
import { currentSchema, currentSpec } from '../../../iceberg/snapshot.js';
import { createStorageCatalog } from '../../../iceberg/storage-catalog.js';
import type { DataFile } from '../../../iceberg/types.js';
import { createFileStore } from '../../../storage/file.js';
import type { ObjectStore } from '../../../storage/object-store.js';
import { deleteRows, liveFiles } from '../../support/deletes';
import { parquetFile } from '../../support/iceberg-files';
import { describeWithReaders, type Reader, startReader } from '../../support/python.js';

const SCHEMA = schemaOf([
  { name: 'ts', type: 'timestamptz', required: true, doc: 'When it happened' },
  { name: 'event.id', type: 'string', doc: 'Id' },
  { name: 'event.code', type: 'long', doc: 'A number beyond 2^53' },
  { name: 'event.category', type: { list: 'string' }, doc: 'Categories' },
  { name: 'event.ok', type: 'boolean', doc: 'Whether it went well' },
  {
    name: 'resources',
    type: {
      list: {
        struct: [
          { name: 'arn', type: 'string' },
          { name: 'type', type: 'string' },
        ],
      },
    },
    doc: 'R',
  },
]);
const DAY_10 = 19_548;
const DAY_11 = 19_549;
const MICROS_PER_DAY = 86_400_000_000n;
/** 2^53 + 1: a double cannot hold it. */
const CODE = 9_007_199_254_740_993n;

interface Event {
  ts: bigint;
  event: { id: string | null; code: bigint; category: string[] | null; ok: boolean };
  resources: { arn: string; type: string | null }[] | null;
}

/** Rows a second apart, the last one a microsecond before midnight; the id is longer than a bound. */
function eventsOf(day: number, count: number, tag: string): Event[] {
  return Array.from({ length: count }, (_, i) => ({
    ts: BigInt(day) * MICROS_PER_DAY + (i === count - 1 ? MICROS_PER_DAY - 1n : BigInt(i) * 1_000_000n + 7n),
    event: {
      id: i === 1 ? null : `${tag}-a-rather-long-event-id-${i}`,
      code: CODE + BigInt(i),
      category: i === 2 ? null : ['iam', tag].slice(0, i % 3),
      ok: i % 2 === 0,
    },
    resources:
      i === 0
        ? [
            { arn: `arn:${tag}`, type: null },
            { arn: 'arn:other', type: 'T' },
          ]
        : i === 1
          ? null
          : [],
  }));
}

describeWithReaders('tables as other readers see them', () => {
  const identifier = { namespace: 'logs', name: 'events' };
  let directory: string;
  let store: ObjectStore;
  let catalog: Catalog;
  let table: LoadedTable;
  let first: bigint;
  let day10: DataFile;
  let python: Reader;

  async function dataFile(name: string, day: number, rows: Event[]): Promise<DataFile> {
    const parquet = parquetFile(SCHEMA, rows);
    const key = `logs/events/data/${name}.parquet`;
    await store.put(key, parquet);
    const schema = currentSchema(table.metadata);
    const footer = await readFooter(parquet);
    return dataFileOf({ path: locationOf(store, key), bytes: parquet.length, day, schema, footer });
  }

  async function append(commitId: string, files: DataFile[]): Promise<bigint> {
    const spec = currentSpec(table.metadata);
    const key = `logs/events/metadata/${commitId}-m0.avro`;
    const manifest = await writeManifest(store, key, { schema: currentSchema(table.metadata), spec }, files);
    const result = await appendManifests({ catalog, identifier, commitId, manifests: [manifest] });
    table = (await catalog.loadTable(identifier))!;
    return result.snapshotId!;
  }

  beforeAll(async () => {
    python = await startReader();
    // A space and a percent sign: the readers must be given a path, not an encoded URI.
    directory = await mkdtemp(join(tmpdir(), 'trailmill iceberg 100%20 '));
    store = createFileStore(directory);
    catalog = createStorageCatalog(store);
    table = await catalog.ensureTable(identifier, { schema: SCHEMA, partitionByDayOf: 'ts' });
  });

  afterAll(async () => {
    await python?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('an empty table is readable', async () => {
    expect(await python.count({ metadata: table.metadataLocation })).toBe(0);
    const rows = await python.duckdb({
      tables: { t: table.metadataLocation },
      sql: 'SELECT count(*)::INT AS n FROM t',
    });
    expect(rows).toEqual([{ n: 0 }]);
  });

  it('two snapshots over two days are committed', async () => {
    day10 = await dataFile('ts_day=2023-07-10/one', DAY_10, eventsOf(DAY_10, 10, 'one'));
    first = await append('commit-1', [
      day10,
      await dataFile('ts_day=2023-07-11/two', DAY_11, eventsOf(DAY_11, 20, 'two')),
    ]);
    await append('commit-2', [await dataFile('ts_day=2023-07-11/three', DAY_11, eventsOf(DAY_11, 5, 'three'))]);
    const planned: number[] = [];
    for await (const file of scanFiles(table, { dayRange: { from: DAY_11, to: DAY_11 } })) {
      planned.push(file.rows);
    }
    expect(planned).toEqual([5, 20]);
  });

  it('counts, time travel and summaries', async () => {
    const metadata = table.metadataLocation;
    expect(await python.count({ metadata })).toBe(35);
    expect(await python.count({ metadata, snapshot: String(first) })).toBe(30);
    const tables = { now: metadata, earlier: { metadata, snapshot: String(first) } };
    const sql = 'SELECT (SELECT count(*) FROM now)::INT AS now, (SELECT count(*) FROM earlier)::INT AS before';
    expect(await python.duckdb({ tables, sql })).toEqual([{ now: 35, before: 30 }]);
    expect(await python.snapshots({ metadata })).toMatchObject([
      { id: String(first), parent: null, sequence: 1, summary: { operation: 'append', 'total-records': '30' } },
      {
        parent: String(first),
        sequence: 2,
        summary: {
          'trailmill.commit-id': 'commit-2',
          'added-records': '5',
          'total-records': '35',
          'total-data-files': '3',
          'changed-partition-count': '1',
        },
      },
    ]);
  });

  it('the schema, with ids and docs', async () => {
    const { fields } = await python.schema({ metadata: table.metadataLocation });
    expect(fields).toEqual(SCHEMA.fields.map((each) => expect.objectContaining({ ...each, type: expect.anything() })));
    expect(fields[1].type).toMatchObject({
      fields: [{ id: 4, name: 'id', type: 'string', doc: 'Id' }, { id: 5 }, {}, {}],
    });
    const [described] = await python.duckdb({
      tables: { t: table.metadataLocation },
      sql: 'SELECT typeof(ts) AS ts, typeof(event) AS event, typeof(resources) AS resources FROM t LIMIT 1',
    });
    expect(described).toEqual({
      ts: 'TIMESTAMP WITH TIME ZONE',
      event: 'STRUCT(id VARCHAR, code BIGINT, category VARCHAR[], ok BOOLEAN)',
      resources: 'STRUCT(arn VARCHAR, "type" VARCHAR)[]',
    });
  });

  it('nested values, to the microsecond and the last digit', async () => {
    const expected = eventsOf(DAY_10, 10, 'one').map(({ ts, event, resources }) => ({
      ts: `${new Date(Number(ts / 1000n)).toISOString().slice(0, -1)}${String(ts % 1000n).padStart(3, '0')}Z`,
      event: { ...event, code: String(event.code) },
      resources,
    }));
    expect(expected[9].ts).toBe('2023-07-10T23:59:59.999999Z');
    const sql = "SELECT * FROM t WHERE ts < TIMESTAMPTZ '2023-07-11 00:00:00+00' ORDER BY ts";
    expect(await python.duckdb({ tables: { t: table.metadataLocation }, sql })).toEqual(expected);
    const filter = "ts < '2023-07-11T00:00:00+00:00'";
    // PyIceberg 0.12 rebuilds lists of structs without their validity: it shows a null list as an empty one.
    const asPyIceberg = expected.map((row) => ({ ...row, resources: row.resources ?? [] }));
    expect(await python.rows({ metadata: table.metadataLocation, filter })).toEqual(asPyIceberg);
  });

  it('filters select the files that can match, and no others', async () => {
    const metadata = table.metadataLocation;
    const names = async (filter: string): Promise<string[]> =>
      (await python.files({ metadata, filter })).map((path) => path.slice(path.lastIndexOf('/') + 1));
    expect(await names("ts >= '2023-07-11T00:00:00+00:00'")).toEqual(['three.parquet', 'two.parquet']);
    expect(await names("ts < '2023-07-11T00:00:00+00:00'")).toEqual(['one.parquet']);
    // The last microsecond of the day: a bound that was rounded to milliseconds would exclude the file.
    expect(await names("ts = '2023-07-10T23:59:59.999999+00:00'")).toEqual(['one.parquet']);
    // Within one day, only the column bounds can exclude a file: the other file of the day has other ids.
    expect(await names("event.id = 'two-a-rather-long-event-id-3'")).toEqual(['two.parquet']);
    expect(await names(`event.code > ${CODE + 15n}`)).toEqual(['two.parquet']);
    expect(await names('event.id is null')).toHaveLength(3);
  });

  it('DuckDB does not open a file that the filter excludes', async () => {
    const path = fileURLToPath(`file://${encodeURI(day10.path.slice('file://'.length))}`);
    expect(keyOf(store, day10.path)).toBe('logs/events/data/ts_day=2023-07-10/one.parquet');
    await access(path);
    await rename(path, `${path}.away`);
    try {
      const tables = { t: table.metadataLocation };
      const filtered = "SELECT count(event.id)::INT AS n FROM t WHERE ts >= TIMESTAMPTZ '2023-07-11 00:00:00+00'";
      expect(await python.duckdb({ tables, sql: filtered })).toEqual([{ n: 23 }]);
      await expect(python.duckdb({ tables, sql: 'SELECT count(event.id) FROM t' })).rejects.toThrow('one.parquet');
    } finally {
      await rename(`${path}.away`, path);
    }
  });

  it('deleted rows are gone for all readers, and no others', async () => {
    const place = { catalog, identifier };
    await deleteRows(place, 'delete-1', [{ file: day10, positions: [0, 2, 9] }]);
    const young = await dataFile('ts_day=2023-07-10/four', DAY_10, eventsOf(DAY_10, 4, 'four'));
    await append('commit-3', [young]);
    const codes = new Set<string>();
    for (const { file, deleted } of await liveFiles(place)) {
      for (let i = 0; i < file.rows; i++)
        if (file.day === DAY_10 && !deleted.has(i)) codes.add(`${/\/(\w+)\.parquet/.exec(file.path)?.[1]} ${i}`);
    }
    const kept = [1, 3, 4, 5, 6, 7, 8].map((i) => `one ${i}`);
    expect([...codes].sort()).toEqual(['four 0', 'four 1', 'four 2', 'four 3', ...kept]);
    table = (await catalog.loadTable(identifier))!;
    const metadata = table.metadataLocation;
    const filter = "ts < '2023-07-11T00:00:00+00:00'";
    const seen = (await python.rows({ metadata, filter })).map(({ event }) => (event as { code: string }).code);
    const expected = [...codes].map((code) => String(CODE + BigInt(code.split(' ')[1])));
    expect(seen.sort()).toEqual(expected.sort());
    const sql = "SELECT event.code FROM t WHERE ts < TIMESTAMPTZ '2023-07-11 00:00:00+00'";
    const rows = await python.duckdb({ tables: { t: metadata }, sql });
    expect(rows.map(({ code }) => String(code)).sort()).toEqual(expected);
    expect(await python.count({ metadata })).toBe(36);
  });

  it('merged manifests have the same rows, files and deletes for all readers', async () => {
    const before = table.metadataLocation;
    await catalog.commit(
      table,
      [],
      [{ action: 'set-properties', updates: { 'commit.manifest.min-count-to-merge': '3' } }],
    );
    table = (await catalog.loadTable(identifier))!;
    const added = await Promise.all(
      ['five', 'six'].map((name) => dataFile(`ts_day=2023-07-11/${name}`, DAY_11, eventsOf(DAY_11, 3, name))),
    );
    const manifest = await storeManifest(table, 'commit-4', added);
    await appendManifests({ catalog, identifier, commitId: 'commit-4', manifests: [manifest] });
    table = (await catalog.loadTable(identifier))!;
    const metadata = table.metadataLocation;
    const data = (await manifestsOf(table, table.metadata.snapshots.at(-1)!)).filter(({ content }) => content === 0);
    expect(data.map((entry) => [entry.added_files_count, entry.existing_files_count])).toEqual([
      [2, 0],
      [0, 4],
    ]);
    expect(await python.count({ metadata })).toBe(42);
    expect(await python.count({ metadata: before })).toBe(36);
    const sql = 'SELECT event.id AS id, event.code::VARCHAR AS code FROM t ORDER BY ALL';
    const [now, then] = [metadata, before].map((location) => python.duckdb({ tables: { t: location }, sql }));
    const old = (await now).filter(({ id }) => !/^(five|six)/.test(String(id)));
    // Each new file has a row without an id.
    expect(old).toHaveLength(36 + 2);
    expect(old).toEqual(expect.arrayContaining(await then));
    const filter = "ts < '2023-07-11T00:00:00+00:00'";
    const rowsOf = async (of: string) =>
      (await python.rows({ metadata: of, filter })).map((row) => JSON.stringify(row)).sort();
    expect(await rowsOf(metadata)).toEqual(await rowsOf(before));
    const files = (await python.files({ metadata, filter })).map((path) => path.slice(path.lastIndexOf('/') + 1));
    expect(files).toEqual(['four.parquet', 'one.parquet']);
  });
});
