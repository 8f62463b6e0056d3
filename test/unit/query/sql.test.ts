/** SQL over tables whose files are of several ages, and over those of which rows are deleted. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appendManifests } from '../../../iceberg/append';
import type { Catalog, LoadedTable } from '../../../iceberg/catalog';
import { evolveTable } from '../../../iceberg/evolve-table';
import { locationOf } from '../../../iceberg/location';
import { writeManifest } from '../../../iceberg/manifest';
import { dataFileOf, readFooter } from '../../../iceberg/metrics';
import { scanFiles } from '../../../iceberg/scan';
import { schemaOf, schemaToWrite } from '../../../iceberg/schema';
import { currentSchema, currentSpec } from '../../../iceberg/snapshot';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import type { ColumnSpec, DataFile } from '../../../iceberg/types';
import { type OpenTables, openTables } from '../../../query/open-tables';
import { createFileStore } from '../../../storage/file';
import type { ObjectStore } from '../../../storage/object-store';
import { deleteRows, liveFiles } from '../../support/deletes';
import { parquetFile } from '../../support/iceberg-files';

const identifier = { namespace: 'trailmill', name: 'aws_cloudtrail' };
const column = (name: string, type: ColumnSpec['type'] = 'string'): ColumnSpec => ({ name, type, doc: '' });
const TS: ColumnSpec = { name: 'ts', type: 'timestamptz', required: true, doc: '' };
const FIRST = [TS, column('event.id'), column('event.code', 'int')];
const SECOND = [column('team.name'), TS, column('event.extra'), column('event.code', 'long'), column('event.id')];

describe('questions to an evolved table', () => {
  let directory: string;
  let store: ObjectStore;
  let catalog: Catalog;
  let table: LoadedTable;
  let open: OpenTables | undefined;

  async function filesOf(): Promise<DataFile[]> {
    const files: DataFile[] = [];
    for await (const file of scanFiles(table)) files.push(file);
    return files;
  }

  async function append(name: string, columns: ColumnSpec[], rows: object[]): Promise<void> {
    const schema = schemaToWrite(currentSchema(table.metadata), columns);
    const parquet = parquetFile(schema, rows);
    const key = `trailmill/aws_cloudtrail/data/${name}.parquet`;
    await store.put(key, parquet);
    const footer = await readFooter(parquet);
    const file = dataFileOf({ path: locationOf(store, key), bytes: parquet.length, day: 0, schema, footer });
    const as = { schema: currentSchema(table.metadata), spec: currentSpec(table.metadata) };
    const manifest = await writeManifest(store, `trailmill/aws_cloudtrail/metadata/${name}.avro`, as, [file]);
    await appendManifests({ catalog, identifier, commitId: name, manifests: [manifest] });
    table = (await catalog.loadTable(identifier))!;
  }

  async function ask(sql: string) {
    open = await openTables(catalog, identifier.namespace);
    return open.query(sql);
  }

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'trailmill-sql-'));
    store = createFileStore(directory);
    catalog = createStorageCatalog(store);
    table = await catalog.ensureTable(identifier, { schema: schemaOf(FIRST), partitionByDayOf: 'ts' });
    await append('first', FIRST, [{ ts: 1n, event: { id: 'old', code: 1 } }]);
    table = await evolveTable(catalog, table, SECOND);
  });
  afterEach(() => {
    open?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('find a new column also when no file has it yet', async () => {
    const sql = 'SELECT event.id, event.extra, team.name FROM aws_cloudtrail WHERE team.name IS NULL';
    expect(await ask(sql)).toEqual([{ id: 'old', extra: null, name: null }]);
  });

  it('see old and new rows with the same columns', async () => {
    const row = { ts: 2n, team: { name: 'red' }, event: { id: 'new', code: 2n ** 40n, extra: 'x' } };
    await append('second', SECOND, [row]);
    const sql = 'SELECT event.id, event.extra, event.code, team.name FROM aws_cloudtrail ORDER BY ts';
    expect(await ask(sql)).toEqual([
      { id: 'old', extra: null, code: '1', name: null },
      { id: 'new', extra: 'x', code: '1099511627776', name: 'red' },
    ]);
  });

  it('do not show deleted rows, and nothing else of them', async () => {
    const row = (id: string, ts: bigint) => ({ ts, team: { name: null }, event: { id, code: 1n, extra: null } });
    await append(
      "it's the second",
      SECOND,
      Array.from({ length: 5 }, (_, i) => row(`new-${i}`, BigInt(i + 2))),
    );
    const second = (await filesOf()).find(({ rows }) => rows === 5) as DataFile;
    await deleteRows({ catalog, identifier }, 'some', [{ file: second, positions: [0, 3] }]);
    await deleteRows({ catalog, identifier }, 'more', [{ file: second, positions: [3, 4] }]);
    expect(await ask('SELECT event.id FROM aws_cloudtrail ORDER BY ts')).toEqual([
      { id: 'old' },
      { id: 'new-1' },
      { id: 'new-2' },
    ]);
    const columns = await open?.query('SELECT column_name AS name FROM (DESCRIBE aws_cloudtrail) ORDER BY ALL');
    expect(columns?.map(({ name }) => name)).toEqual(['event', 'team', 'ts']);
    expect(await open?.query('SELECT count(*)::INT AS n FROM aws_cloudtrail')).toEqual([{ n: 3 }]);
  });

  it('show a row again whose file came anew after the delete', async () => {
    const [file] = await filesOf();
    await deleteRows({ catalog, identifier }, 'all', [{ file, positions: [0] }]);
    expect(await ask('SELECT count(*)::INT AS n FROM aws_cloudtrail')).toEqual([{ n: 0 }]);
    open?.close();
    const as = { schema: currentSchema(table.metadata), spec: currentSpec(table.metadata) };
    // A delete does not apply to what is younger.
    const manifest = await writeManifest(store, 'trailmill/aws_cloudtrail/metadata/again.avro', as, [file]);
    await appendManifests({ catalog, identifier, commitId: 'again', manifests: [manifest] });
    const ages = (await liveFiles({ catalog, identifier })).map(({ deleted }) => deleted.size);
    expect(ages.sort()).toEqual([0, 1]);
    expect(await ask('SELECT count(*)::INT AS n FROM aws_cloudtrail')).toEqual([{ n: 1 }]);
  });
});
