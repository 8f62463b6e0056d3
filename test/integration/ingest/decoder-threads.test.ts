/** The decoder pool with real threads: what is passed between them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { readParquet } from 'parquet-wasm/node';
import { columnsOf } from '../../../cloudtrail/table-columns.js';
import { defaultTables, tablesOf } from '../../../cloudtrail/tables.js';
import { UserMistake } from '../../../errors/index.js';
import { schemaOf } from '../../../iceberg/schema.js';
import { type DecoderPool, startDecoderPool } from '../../../ingest/threads/decoder-pool.js';
import type { ChunkTask } from '../../../ingest/types.js';
import { SINGLE_SLICE } from '../../../ledger/slices.js';
import { mmdb } from '../../support/mmdb.js';
import { ACCOUNT, records, trailFile, trailKey } from '../../support/runs.js';

let directory: string;
let pool: DecoderPool;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'threads-'));
  pool = startDecoderPool(1, join(__dirname, '../../../dist/ingest/threads/thread.js'));
});
afterAll(async () => {
  await pool.close();
  rmSync(directory, { recursive: true, force: true });
});

function task(enrich: ChunkTask['enrich']): ChunkTask {
  const body = trailFile(records(3, undefined, { sourceIPAddress: '192.0.2.5' }));
  const key = trailKey('one');
  const file = { key, etag: 'e', size: body.length, account: ACCOUNT, region: 'us-east-1', kind: 'CloudTrail' };
  const [config] = defaultTables('aws_cloudtrail');
  const { rejects } = tablesOf('aws_cloudtrail', [config]);
  return {
    batch: 'b',
    run: 'r',
    files: [{ ...file, uri: `memory://bucket/${key}`, deliveredAt: 0, body }],
    tables: [{ config, schema: schemaOf(columnsOf(config)) }],
    rejectsSchema: schemaOf(rejects.columns),
    enrich,
    maxFileBytes: 1 << 20,
    deduplicate: true,
    bufferBytes: 1 << 20,
  };
}

test('a thread looks up addresses in the databases that its task names', async () => {
  const city = join(directory, 'city.mmdb');
  const networks = { '192.0.2.0/24': { country: { iso_code: 'DE', names: { en: 'Germany' } } } };
  writeFileSync(city, mmdb(networks, { databaseType: 'GeoLite2-City' }));
  const { written } = await pool.ingestChunk(task({ geoip: { city } }));
  const table = tableFromIPC(readParquet(written[0].bytes).intoIPCStream());
  const countries = table.toArray().map((row) => row.source.geo.country_name);
  expect(countries).toEqual(['Germany', 'Germany', 'Germany']);
});

test('a missing database stops the run with a user mistake and its cure', async () => {
  const refused = pool.ingestChunk(task({ geoip: { asn: join(directory, 'missing.mmdb') } }));
  await expect(refused).rejects.toBeInstanceOf(UserMistake);
  await expect(refused).rejects.toMatchObject({ cure: 'Every worker needs the file at this path.' });
});

test('the data for an audit is passed completely: counts, deleted rows, ledger rows', async () => {
  const { written, ledger: entries } = await pool.ingestChunk(task(undefined));
  const path = `memory://bucket/${trailKey('one')}`;
  const column = 'log.file.path';
  const parquet = written[0].bytes;
  const deleted = Float64Array.of(1);
  expect(await pool.countRows({ parquet, rows: 3, column, slice: SINGLE_SLICE })).toEqual(new Map([[path, 3]]));
  expect(await pool.countRows({ parquet, rows: 3, column, deleted, slice: SINGLE_SLICE })).toEqual(
    new Map([[path, 2]]),
  );
  const schema = schemaOf(tablesOf('aws_cloudtrail', []).ledger.columns);
  const [ledger] = await pool.writeLedger({ entries, schema, batch: 'b', run: 'r' });
  const rows = await pool.ledgerRows({ parquet: ledger.bytes, slice: SINGLE_SLICE });
  const times = { firstEventTime: entries[0].firstEventTime, lastEventTime: entries[0].lastEventTime };
  expect(rows).toEqual([
    expect.objectContaining({ path, etag: 'e', status: 'ingested', records: 3, attempt: 1, ...times }),
  ]);
});
