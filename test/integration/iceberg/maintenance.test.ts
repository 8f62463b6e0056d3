/** Maintenance as independent readers see it: other files, manifests and snapshots, the same rows. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appendManifests } from '../../../iceberg/append';
import type { Catalog, LoadedTable } from '../../../iceberg/catalog';
import { keyOf, locationOf } from '../../../iceberg/location';
import { expireSnapshots } from '../../../iceberg/maintenance/expire-snapshots';
import { removeOldMetadata } from '../../../iceberg/maintenance/old-metadata';
import { removeOrphans } from '../../../iceberg/maintenance/orphans';
import { replaceFiles } from '../../../iceberg/maintenance/replace-files';
import { rewriteManifests } from '../../../iceberg/maintenance/rewrite-manifests';
import { storeManifest } from '../../../iceberg/manifest-files';
import { dataFileOf, readFooter } from '../../../iceberg/metrics';
import { scanDeletes } from '../../../iceberg/scan';
import { schemaOf } from '../../../iceberg/schema';
import { currentSchema } from '../../../iceberg/snapshot';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import type { DataFile } from '../../../iceberg/types';
import { createFileStore } from '../../../storage/file';
import type { ObjectStore } from '../../../storage/object-store';
import { append, tableIn } from '../../support/appends';
import { deleteRows } from '../../support/deletes';
import { parquetFile } from '../../support/iceberg-files';
import { describeWithReaders, type Reader, startReader } from '../../support/python';
import { useRest } from '../../support/rest';
import { describeWithRestCatalog, freshName } from '../../support/servers';

const SCHEMA = schemaOf([
  { name: 'ts', type: 'timestamptz', required: true, doc: 'time' },
  { name: 'event.id', type: 'string', doc: 'id' },
]);
const DAY = 19_548;
const MICROS_PER_DAY = 86_400_000_000n;
const identifier = { namespace: 'logs', name: 'events' };
/** Ten days later: everything is old enough. */
const later = (): number => Date.now() + 10 * 86_400_000;

interface Row {
  ts: bigint;
  event: { id: string };
}

describeWithReaders('a table that is maintained', () => {
  let directory: string;
  let store: ObjectStore;
  let catalog: Catalog;
  let python: Reader;
  const load = (): Promise<LoadedTable> => tableIn(catalog, identifier);

  beforeAll(async () => {
    python = await startReader();
    directory = await mkdtemp(join(tmpdir(), 'trailmill maintenance '));
    store = createFileStore(directory);
    catalog = createStorageCatalog(store);
    await catalog.ensureTable(identifier, {
      ...{ schema: SCHEMA, partitionByDayOf: 'ts' },
      properties: { 'commit.manifest-merge.enabled': 'false' },
    });
  });

  afterAll(async () => {
    await python?.close();
    await rm(directory, { recursive: true, force: true });
  });

  const rowsOf = (name: string, day: number, count: number): Row[] =>
    Array.from({ length: count }, (_, index) => ({
      ts: BigInt(day) * MICROS_PER_DAY + BigInt(index),
      event: { id: `${name}-${index}` },
    }));

  async function write(name: string, day: number, rows: readonly Row[]): Promise<DataFile> {
    const parquet = parquetFile(SCHEMA, rows);
    const key = `logs/events/data/${name}.parquet`;
    await store.put(key, parquet);
    const schema = currentSchema((await load()).metadata);
    return dataFileOf({
      path: locationOf(store, key),
      bytes: parquet.length,
      day,
      schema,
      footer: await readFooter(parquet),
    });
  }

  /** What both readers find in a snapshot. */
  async function seen(snapshot?: string): Promise<string[]> {
    const metadata = (await load()).metadataLocation;
    const sql = 'SELECT event.id AS id FROM t ORDER BY id';
    const ids = (await python.duckdb({ tables: { t: { metadata, snapshot } }, sql })).map(({ id }) => String(id));
    const rows = await python.rows({ metadata, snapshot });
    expect(rows.map(({ event }) => (event as Row['event']).id).sort()).toEqual([...ids].sort());
    return ids.sort();
  }

  const filesSeen = async (): Promise<string[]> => {
    const metadata = (await load()).metadataLocation;
    const files = await python.inspect({ metadata, what: 'files', columns: ['content', 'file_path'] });
    return files.map(({ content, file_path: path }) => `${content} ${String(path).replace(/^.*\//, '')}`).sort();
  };

  it('has the same rows after each step, and fewer files, manifests, snapshots and objects', async () => {
    const files: DataFile[] = [];
    for (let number = 0; number < 12; number++) {
      const two = await Promise.all(
        [0, 1].map((next) => {
          const day = DAY + ((number + next) % 3);
          return write(`f${number}-${next}`, day, rowsOf(`f${number}-${next}`, day, 5));
        }),
      );
      files.push(...two);
      const manifests = [await storeManifest(await load(), `c${number}`, two)];
      await appendManifests({ catalog, identifier, commitId: `c${number}`, manifests });
    }
    const ofDay = files.filter(({ day }) => day === DAY);
    await deleteRows({ catalog, identifier }, 'deletes', [
      { file: ofDay[0], positions: [1, 3] },
      { file: ofDay[2], positions: [0] },
    ]);
    const expected = await seen();
    expect(expected).toHaveLength(12 * 10 - 3);
    const before = await load();
    const base = before.metadata.snapshots.at(-1)!;

    // A compaction of one day, with its deletes.
    const gone = new Set([0, 2].flatMap((index) => rowsOf(nameOf(ofDay[index]), DAY, 5).map(({ event }) => event.id)));
    const kept = new Set(expected.filter((id) => gone.has(id)));
    const rows = ofDay
      .flatMap((file) => rowsOf(nameOf(file), DAY, 5))
      .filter(({ event }) => !gone.has(event.id) || kept.has(event.id));
    const deletes: { path: string; dataFiles: string[] }[] = [];
    for await (const { file } of scanDeletes(before))
      deletes.push({ path: file.path, dataFiles: [ofDay[0].path, ofDay[2].path] });
    await replaceFiles({
      ...{ catalog, identifier, commitId: 'compact', base, days: [DAY], schema: SCHEMA },
      remove: { data: ofDay.map(({ path }) => path), deletes },
      add: [await write('compacted', DAY, rows)],
    });
    expect(await seen()).toEqual(expected);
    expect(await filesSeen()).toEqual(
      [
        ...files.filter(({ day }) => day !== DAY).map((file) => `0 ${nameOf(file)}.parquet`),
        '0 compacted.parquet',
      ].sort(),
    );
    expect(await seen(String(base['snapshot-id']))).toEqual(expected);

    const report = await rewriteManifests({ catalog, identifier });
    expect(report.replaced.count).toBeGreaterThan(10);
    expect(await seen()).toEqual(expected);
    const metadata = (await load()).metadataLocation;
    const manifests = await python.inspect({
      ...{ metadata, what: 'manifests' },
      columns: ['content', 'added_data_files_count', 'existing_data_files_count', 'deleted_data_files_count'],
    });
    expect(manifests).toEqual([
      { content: 0, added_data_files_count: 0, existing_data_files_count: 17, deleted_data_files_count: 0 },
    ]);
    const filter = "ts >= '2023-07-10T00:00:00+00:00' and ts < '2023-07-11T00:00:00+00:00'";
    expect((await python.files({ metadata, filter })).map((path) => path.replace(/^.*\//, ''))).toEqual([
      'compacted.parquet',
    ]);

    const expired = await expireSnapshots({ catalog, identifier, olderThanMs: 0, keepLast: 2 });
    // 12 commits and the deletes; the compaction and the rewriting of manifests stay.
    expect(expired).toMatchObject({ snapshots: { count: 13 }, files: { data: ofDay.length, deletes: 1 } });
    expect(await seen()).toEqual(expected);
    const snapshots = await python.snapshots({ metadata: (await load()).metadataLocation });
    expect(snapshots.map(({ summary }) => summary.operation)).toEqual(['replace', 'replace']);
    expect(snapshots[1].summary['total-records']).toBe(String(expected.length));
    expect(snapshots[1].summary['total-delete-files']).toBe('0');
    for (const { id } of snapshots) expect(await seen(id)).toEqual(expected);

    await store.put('logs/events/data/lost.parquet', Buffer.from('x'));
    const orphans = await removeOrphans({ catalog, identifier, now: later });
    expect(orphans.first).toEqual(['logs/events/data/lost.parquet']);
    for (let version = 0; version < 110; version++)
      await catalog.commit(await load(), [], [{ action: 'set-properties', updates: { version: String(version) } }]);
    expect((await removeOldMetadata(await load(), { now: later })).count).toBeGreaterThan(10);
    expect(await seen()).toEqual(expected);
    // By the version hint, as DuckDB finds a table in a directory.
    const sql = `SELECT count(*)::INT AS n FROM iceberg_scan('${directory}/logs/events', allow_moved_paths => false)`;
    expect(await python.duckdb({ tables: {}, sql })).toEqual([{ n: expected.length }]);
  });

  const nameOf = ({ path }: DataFile): string => path.replace(/^.*\/|\.parquet$/g, '');
});

describeWithRestCatalog('maintenance of a table in a REST catalog', () => {
  const rest = useRest();

  it('expires snapshots and rewrites manifests while others commit', async () => {
    const TABLE = { namespace: freshName('logs'), name: 'events' };
    const catalog = rest().open();
    await catalog.ensureTable(TABLE, { schema: SCHEMA, partitionByDayOf: 'ts' });
    for (let number = 0; number < 6; number++) await append(catalog, TABLE, `first${number}`);
    let commits = 0;
    const busy: Catalog = {
      ...catalog,
      async commit(...args) {
        if (commits++ % 2 === 0) await append(rest().open(), TABLE, `busy${commits}`);
        return catalog.commit(...args);
      },
    };
    const rewritten = await rewriteManifests({ catalog: busy, identifier: TABLE });
    expect(rewritten.replaced.count).toBe(6);
    const expired = await expireSnapshots({ catalog: busy, identifier: TABLE, olderThanMs: 0 });
    expect(expired).toMatchObject({ snapshots: { count: 8 }, files: { data: 0, manifest: 6, 'manifest-list': 8 } });
    const table = await tableIn(rest().open(), TABLE);
    expect(table.metadata.snapshots).toHaveLength(1);
    expect((await removeOrphans({ catalog, identifier: TABLE, now: later })).count).toBe(0);
    const again = await expireSnapshots({ catalog, identifier: TABLE, olderThanMs: 0 });
    expect(again.snapshots.count).toBe(0);
    expect(keyOf(table.store, table.location)).toContain('events');
  });
});
