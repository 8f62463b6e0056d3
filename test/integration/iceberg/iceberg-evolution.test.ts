/** A table that was written, evolved and written again, as independent readers see it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appendManifests } from '../../../iceberg/append.js';
import type { Catalog, LoadedTable } from '../../../iceberg/catalog.js';
import { evolveTable } from '../../../iceberg/evolve-table.js';
import { locationOf } from '../../../iceberg/location.js';
import { writeManifest } from '../../../iceberg/manifest.js';
import { dataFileOf, readFooter } from '../../../iceberg/metrics.js';
import { schemaOf, schemaToWrite } from '../../../iceberg/schema.js';
import { currentSchema, currentSpec, snapshotById } from '../../../iceberg/snapshot.js';
import { createStorageCatalog } from '../../../iceberg/storage-catalog.js';
import type { ColumnSpec, ManifestFile } from '../../../iceberg/types.js';
import { createFileStore } from '../../../storage/file.js';
import type { ObjectStore } from '../../../storage/object-store.js';
import { parquetFile } from '../../support/iceberg-files';
import { describeWithReaders, type Reader, type ReaderRow, startReader } from '../../support/python';

const column = (name: string, type: ColumnSpec['type'] = 'string'): ColumnSpec => ({ name, type, doc: name });
const structs = (...members: string[]): ColumnSpec['type'] => ({
  list: { struct: members.map((name) => ({ name, type: 'string' })) },
});
const TS: ColumnSpec = { name: 'ts', type: 'timestamptz', required: true, doc: 'time' };
const FIRST = [
  TS,
  column('event.id'),
  column('event.code', 'int'),
  column('event.score', 'float'),
  column('aws.cloudtrail.region'),
  column('aws.cloudtrail.old'),
  column('resources', structs('arn', 'type')),
  column('legacy'),
];
/** Without `legacy` and `old`, with members before, between and after the existing ones. */
const SECOND = [
  column('team.name'),
  TS,
  column('event.code', 'long'),
  column('event.id'),
  column('event.score', 'double'),
  column('aws.cloudtrail.reason'),
  column('aws.cloudtrail.region'),
  column('resources', structs('account_id', 'arn', 'owner', 'type')),
  column('tags', { list: 'string' }),
];

const DAY = 19_548;
const NOON = BigInt(DAY) * 86_400_000_000n + 43_200_000_000n;
const BIG = 9_007_199_254_740_993n;

const oldRow = (n: number): ReaderRow => ({
  ts: NOON + BigInt(n),
  event: { id: `old-${n}`, code: n, score: 0.5 },
  aws: { cloudtrail: { region: 'us-east-1', old: 'kept' } },
  resources: n === 1 ? [{ arn: 'arn:old', type: null }] : [],
  legacy: 'kept',
});
const newRow = (n: number): ReaderRow => ({
  team: { name: n === 10 ? null : 'red' },
  ts: NOON + BigInt(n),
  event: { code: BIG + BigInt(n), id: `new-${n}`, score: 1e300 },
  aws: { cloudtrail: { reason: 'updated', region: 'eu-west-1' } },
  resources: [{ account_id: '1', arn: 'arn:new', owner: null, type: 'T' }],
  tags: ['a', 'b'],
});

describeWithReaders('an evolved table', () => {
  const identifier = { namespace: 'logs', name: 'events' };
  let directory: string;
  let store: ObjectStore;
  let catalog: Catalog;
  let table: LoadedTable;
  let first: bigint;
  let python: Reader;

  /** Writes a data file with these columns, and its manifest with the current schema of the table. */
  async function written(name: string, columns: readonly ColumnSpec[], rows: ReaderRow[]): Promise<ManifestFile> {
    const whole = currentSchema(table.metadata);
    const schema = schemaToWrite(whole, columns);
    const parquet = parquetFile(schema, rows);
    const key = `logs/events/data/${name}.parquet`;
    await store.put(key, parquet);
    const footer = await readFooter(parquet);
    const file = dataFileOf({ path: locationOf(store, key), bytes: parquet.length, day: DAY, schema, footer });
    const spec = currentSpec(table.metadata);
    return writeManifest(store, `logs/events/metadata/${name}-m0.avro`, { schema: whole, spec }, [file]);
  }

  async function commit(commitId: string, manifest: ManifestFile): Promise<bigint> {
    const { snapshotId } = await appendManifests({ catalog, identifier, commitId, manifests: [manifest] });
    table = (await catalog.loadTable(identifier))!;
    return snapshotId!;
  }

  beforeAll(async () => {
    python = await startReader();
    directory = await mkdtemp(join(tmpdir(), 'trailmill-evolution-'));
    store = createFileStore(directory);
    catalog = createStorageCatalog(store);
    table = await catalog.ensureTable(identifier, { schema: schemaOf(FIRST), partitionByDayOf: 'ts' });
    first = await commit('first', await written('first', FIRST, [oldRow(0), oldRow(1), oldRow(2)]));
    // A batch that was written with the first schema and is committed after the second one was added.
    const underWay = await written('under-way', FIRST, [oldRow(3)]);
    table = await evolveTable(catalog, table, SECOND);
    await commit('under-way', underWay);
    await commit('second', await written('second', SECOND, [newRow(10), newRow(11)]));
  });

  afterAll(async () => {
    await python?.close();
    await rm(directory, { recursive: true, force: true });
  });

  const duckdb = (sql: string, snapshot?: bigint): Promise<ReaderRow[]> => {
    const { metadataLocation: metadata } = table;
    return python.duckdb({ tables: { t: snapshot ? { metadata, snapshot: String(snapshot) } : metadata }, sql });
  };
  const rows = (filter?: string): Promise<ReaderRow[]> => python.rows({ metadata: table.metadataLocation, filter });
  const idsOf = (found: ReaderRow[]): string[] => found.map((row) => (row.event as { id: string }).id).sort();

  const OLD = {
    event: { id: 'old-1', code: 1, score: 0.5 },
    aws: { cloudtrail: { region: 'us-east-1', old: 'kept', reason: null } },
    resources: [{ arn: 'arn:old', type: null, account_id: null, owner: null }],
    legacy: 'kept',
    team: null,
    tags: null,
  };
  const NEW = {
    event: { id: 'new-11', code: String(BIG + 11n), score: 1e300 },
    aws: { cloudtrail: { region: 'eu-west-1', old: null, reason: 'updated' } },
    resources: [{ arn: 'arn:new', type: 'T', account_id: '1', owner: null }],
    legacy: null,
    team: { name: 'red' },
    tags: ['a', 'b'],
  };

  it('has old rows with nulls and new rows with values, in both readers', async () => {
    const find = (found: ReaderRow[], id: string): ReaderRow => {
      const { ts: _ts, ...row } = found.find((each) => (each.event as { id: string }).id === id)!;
      return row;
    };
    const inDuckDb = await duckdb('SELECT * FROM t');
    expect(inDuckDb).toHaveLength(6);
    expect(find(inDuckDb, 'old-1')).toEqual(OLD);
    expect(find(inDuckDb, 'new-11')).toEqual(NEW);
    const inPyIceberg = await rows();
    expect(inPyIceberg).toHaveLength(6);
    expect(find(inPyIceberg, 'old-1')).toEqual(OLD);
    expect(find(inPyIceberg, 'new-11')).toEqual(NEW);
  });

  it('can be filtered by new and by widened columns', async () => {
    const questions: [sql: string, ids: string[]][] = [
      ["team.name = 'red'", ['new-11']],
      ["aws.cloudtrail.reason = 'updated'", ['new-10', 'new-11']],
      ['aws.cloudtrail.reason IS NULL', ['old-0', 'old-1', 'old-2', 'old-3']],
      ['team.name IS NULL', ['new-10', 'old-0', 'old-1', 'old-2', 'old-3']],
      ['legacy IS NOT NULL', ['old-0', 'old-1', 'old-2', 'old-3']],
      ['event.code = 2', ['old-2']],
      ['event.code >= 3', ['new-10', 'new-11', 'old-3']],
      [`event.code > ${BIG + 10n}`, ['new-11']],
      ['event.score = 0.5', ['old-0', 'old-1', 'old-2', 'old-3']],
    ];
    for (const [filter, ids] of questions) {
      const found = await duckdb(`SELECT event.id AS id FROM t WHERE ${filter} ORDER BY 1`);
      expect([filter, found.map(({ id }) => id)]).toEqual([filter, ids]);
      expect([filter, idsOf(await rows(filter))]).toEqual([filter, ids]);
    }
    const lists =
      "SELECT event.id AS id FROM t WHERE list_contains(tags, 'b') AND resources[1].account_id = '1' ORDER BY 1";
    expect(await duckdb(lists)).toEqual([{ id: 'new-10' }, { id: 'new-11' }]);
  });

  it('is pruned by bounds that were written before the widening', async () => {
    const planned = async (filter: string): Promise<string[]> =>
      (await python.files({ metadata: table.metadataLocation, filter })).map((path) => path.replace(/^.*\//, ''));
    expect(await planned('event.code = 3')).toEqual(['under-way.parquet']);
    expect(await planned(`event.code > ${BIG}`)).toEqual(['second.parquet']);
  });

  it('shows an older snapshot with the columns of that time', async () => {
    const { metadata } = table;
    const snapshots = metadata.snapshots.map((snapshot) => snapshot['schema-id']);
    expect([snapshots, snapshotById(metadata, first)?.['schema-id']]).toEqual([[0, 1, 1], 0]);
    const before = await python.rows({ metadata: table.metadataLocation, snapshot: String(first) });
    expect(idsOf(before)).toEqual(['old-0', 'old-1', 'old-2']);
    expect(Object.keys(before[0]).sort()).toEqual(['aws', 'event', 'legacy', 'resources', 'ts']);
    expect(before[0].aws).toEqual({ cloudtrail: { region: 'us-east-1', old: 'kept' } });
    expect(await duckdb('SELECT count(*)::INT AS n, sum(event.code)::INT AS sum FROM t', first)).toEqual([
      { n: 3, sum: 3 },
    ]);
    expect(Object.keys((await duckdb('SELECT * FROM t LIMIT 1', first))[0])).toEqual(
      schemaOf(FIRST).fields.map(({ name }) => name),
    );
  });

  it('has one new schema with new ids, and the old one unchanged', async () => {
    const { schemas, 'last-column-id': last } = table.metadata;
    expect(schemas.map((schema) => schema['schema-id'])).toEqual([0, 1]);
    expect(schemas[0]).toEqual(schemaOf(FIRST));
    expect(last).toBeGreaterThan(schemas[0].fields.length);
    const { fields } = await python.schema({ metadata: table.metadataLocation });
    expect(fields.map(({ name }) => name)).toEqual(['ts', 'event', 'aws', 'resources', 'legacy', 'team', 'tags']);
  });
});
