/** SQL over tables whose files are of several ages. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenTables, openTables } from '../../client/sql';
import { appendManifests } from '../../iceberg/append';
import type { Catalog, LoadedTable } from '../../iceberg/catalog';
import { evolveTable } from '../../iceberg/evolve-table';
import { locationOf } from '../../iceberg/location';
import { writeManifest } from '../../iceberg/manifest';
import { dataFileOf, readFooter } from '../../iceberg/metrics';
import { schemaOf, schemaToWrite } from '../../iceberg/schema';
import { currentSchema, currentSpec } from '../../iceberg/snapshot';
import { createStorageCatalog } from '../../iceberg/storage-catalog';
import type { ColumnSpec } from '../../iceberg/types';
import { createFileStore } from '../../storage/file';
import type { ObjectStore } from '../../storage/object-store';
import { parquetFile } from '../support/iceberg-files';

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

  async function append(name: string, columns: ColumnSpec[], row: object): Promise<void> {
    const schema = schemaToWrite(currentSchema(table.metadata), columns);
    const parquet = parquetFile(schema, [row]);
    const key = `trailmill/aws_cloudtrail/data/${name}.parquet`;
    await store.put(key, parquet);
    const footer = await readFooter(parquet);
    const file = dataFileOf({ path: locationOf(store, key), bytes: parquet.length, day: 0, schema, footer });
    const as = { schema: currentSchema(table.metadata), spec: currentSpec(table.metadata) };
    const manifest = await writeManifest(store, `trailmill/aws_cloudtrail/metadata/${name}.avro`, as, [file]);
    await appendManifests({ catalog, store, identifier, commitId: name, manifests: [manifest] });
    table = (await catalog.loadTable(identifier))!;
  }

  async function ask(sql: string) {
    open = await openTables(store);
    return open.query(sql);
  }

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'trailmill-sql-'));
    store = createFileStore(directory);
    catalog = createStorageCatalog(store);
    table = await catalog.ensureTable(identifier, { schema: schemaOf(FIRST), partitionByDayOf: 'ts' });
    await append('first', FIRST, { ts: 1n, event: { id: 'old', code: 1 } });
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
    await append('second', SECOND, {
      ts: 2n,
      team: { name: 'red' },
      event: { id: 'new', code: 2n ** 40n, extra: 'x' },
    });
    const sql = 'SELECT event.id, event.extra, event.code, team.name FROM aws_cloudtrail ORDER BY ts';
    expect(await ask(sql)).toEqual([
      { id: 'old', extra: null, code: '1', name: null },
      { id: 'new', extra: 'x', code: '1099511627776', name: 'red' },
    ]);
  });
});
