/** SQL over tables in S3: with a real S3 server, and DuckDB with its real extension. */
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FaultProxy } from '../../../dev/servers/fault-proxy';
import type { S3Credentials } from '../../../dev/servers/s3-server';
import type { OpenStore } from '../../../iceberg/rest/table-stores';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import { openTables } from '../../../query/open-tables';
import { parseAddress } from '../../../storage/address';
import { createS3Store } from '../../../storage/s3/store';
import { describeWithDuckDbOnS3, hasHttpfs } from '../../support/httpfs';
import { useOwnRest } from '../../support/rest';
import { runCommand } from '../../support/run-command';
import { describeWithRestCatalog, freshBucket, sharedS3 } from '../../support/servers';
import { tableOfDays } from '../../support/table-of-days';

const FIRST = 19_000; // 2022-01-08
const DENIED = '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';
const httpfs = { env: process.env, log: () => {} };

describeWithDuckDbOnS3('SQL over tables in S3', () => {
  let region: string;
  let rootCredentials: S3Credentials;
  let proxy: FaultProxy;
  let bucket: string;
  let directory: string;
  const storeAs = (credentials: S3Credentials) =>
    createS3Store({
      bucket,
      prefix: 'ware house',
      options: { endpoint: proxy.endpoint, region },
      credentials: async () => credentials,
    });
  const address = () => `s3://${bucket}/ware house?endpoint=${proxy.endpoint}&region=${region}`;

  beforeAll(async () => {
    ({ region, rootCredentials } = sharedS3());
    proxy = await FaultProxy.start({ target: sharedS3().endpoint });
    bucket = await freshBucket(sharedS3());
    directory = await mkdtemp(join(tmpdir(), 'trailmill-query-'));
    const days = Array.from({ length: 30 }, (_, index) => FIRST + index);
    await tableOfDays(createStorageCatalog(storeAs(rootCredentials)), days, { [FIRST + 1]: [0, 2] });
    process.env.AWS_ACCESS_KEY_ID = rootCredentials.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = rootCredentials.secretAccessKey;
  });
  beforeEach(() => proxy.behave());
  afterAll(async () => {
    delete process.env.AWS_ACCESS_KEY_ID;
    delete process.env.AWS_SECRET_ACCESS_KEY;
    await proxy?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('returns only rows that are not deleted', async () => {
    const tables = await openTables(createStorageCatalog(storeAs(rootCredentials)), 'trailmill', { httpfs });
    try {
      expect(await tables.query('SELECT count(*)::INT AS n FROM aws_cloudtrail')).toEqual([{ n: 88 }]);
      expect(await tables.query(`SELECT event.id FROM aws_cloudtrail WHERE ts < '2022-01-10' ORDER BY ts`)).toEqual(
        ['19000-0', '19000-1', '19000-2', '19001-1'].map((id) => ({ id })),
      );
    } finally {
      tables.close();
    }
  });

  it('requests only the files of the selected days from the bucket', async () => {
    const tables = await openTables(createStorageCatalog(storeAs(rootCredentials)), 'trailmill', { httpfs });
    try {
      const others = proxy.addRule({
        path: /day-190(?!15)\d\d\.parquet/,
        fault: { kind: 'answer', answer: { status: 500 } },
      });
      proxy.resetCounts();
      const sql = "SELECT count(*)::INT AS n FROM aws_cloudtrail WHERE ts >= '2022-01-23' AND ts < '2022-01-24'";
      expect(await tables.query(sql)).toEqual([{ n: 3 }]);
      // For one file: its size, its footer and its content.
      expect(proxy.counts.requests).toBeLessThan(5);
      expect(others.hitCount).toBe(0);
    } finally {
      tables.close();
    }
  });

  it('works as a command, as it does on disk', async () => {
    const asked = await runCommand(
      [
        'query',
        'SELECT ts, event FROM aws_cloudtrail ORDER BY ts LIMIT 1',
        '--warehouse',
        address(),
        '--format',
        'csv',
      ],
      directory,
      Date.now,
      { env: { ...process.env, TEMPORAL_CONFIG_FILE: '' } },
    );
    expect(asked).toEqual({
      code: 0,
      stdout: 'ts,event\n2022-01-08T00:00:00Z,"{""id"":""19000-0"",""count"":9007199254740992}"\n',
      stderr: expect.any(String),
    });
    const { stdout } = await runCommand(['tables', '--warehouse', address(), '--json'], directory);
    expect(JSON.parse(stdout).tables).toEqual([
      expect.objectContaining({ name: 'aws_cloudtrail', rows: 90, liveRows: 88, dataFiles: 30, deleteFiles: 1 }),
    ]);
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each([
    'FROM duckdb_secrets()',
    'FROM system.main.duckdb_secrets()',
    `FROM query('FROM "system".main.duckdb_' || 'secrets()')`,
    "FROM which_secret('s3://lake/x', 's3')",
    `SELECT * FROM duckdb_settings() WHERE name LIKE 's3%key%' AND value <> ''`,
  ])('shows no credentials in DuckDB: %s', async (sql) => {
    const tables = await openTables(createStorageCatalog(storeAs(rootCredentials)), 'trailmill', { httpfs });
    try {
      expect(await tables.query('SELECT count(event.id)::INT AS n FROM aws_cloudtrail')).toEqual([{ n: 88 }]);
      expect(await tables.query(sql)).toEqual([]);
      for (const all of ['duckdb_views()', 'duckdb_settings()', 'duckdb_variables()', 'duckdb_functions()'])
        expect(JSON.stringify(await tables.query(`FROM ${all}`))).not.toMatch(
          `${rootCredentials.accessKeyId}|${rootCredentials.secretAccessKey}`,
        );
    } finally {
      tables.close();
    }
  });

  it('has a relay that nobody else can read through, and that closes with the tables', async () => {
    const tables = await openTables(createStorageCatalog(storeAs(rootCredentials)), 'trailmill', { httpfs });
    // A view has files only after it was queried.
    await tables.query('SELECT * FROM aws_cloudtrail LIMIT 1');
    const [{ sql }] = await tables.query("SELECT sql FROM duckdb_views() WHERE view_name = 'aws_cloudtrail'");
    const [url, origin] = /(http:\/\/127\.0\.0\.1:\d+)\/[^']+/.exec(String(sql)) ?? [];
    if (url === undefined) throw new Error('the view reads from nowhere');
    const token = new URL(url).pathname.split('/')[1];
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
    for (const other of [`${origin}/`, url.replace(token, 'x'.repeat(48)), `${origin}/${token}/7/${bucket}/x`])
      expect((await fetch(other)).status).toBe(404);
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(404);
    expect((await fetch(url)).headers.get('content-length')).toBe(
      (await fetch(url, { method: 'HEAD' })).headers.get('content-length'),
    );
    tables.close();
    await expect(fetch(url)).rejects.toThrow();
  });

  it('reports what was refused, and never a secret', async () => {
    const tables = await openTables(createStorageCatalog(storeAs(rootCredentials)), 'trailmill', { httpfs });
    try {
      proxy.addRule({ path: /\.parquet/, fault: { kind: 'answer', answer: { status: 403, body: DENIED } } });
      const error = await tables.query('SELECT sum(event.count) FROM aws_cloudtrail').catch((refused) => refused);
      expect(error.message).toMatch(/day-\d+\.parquet.*403/);
      expect(error.cure).toMatch(/s3:GetObject/);
      expect(error.message).not.toContain(rootCredentials.secretAccessKey);
      expect(error.message).toContain(`s3://${bucket}/ware house/`);
      expect(error.message).not.toMatch(/[0-9a-f]{48}/);
    } finally {
      tables.close();
    }
  });
});

(hasHttpfs() ? describeWithRestCatalog : describe.skip)('SQL over the tables of a REST catalog', () => {
  const rest = useOwnRest({ vendCredentials: true });

  it('reads them with the credentials that the catalog vends', async () => {
    // Nothing else can be used: the stores have no credentials but those of the catalog.
    const openStore: OpenStore = (address, credentials) => {
      const parsed = parseAddress(address);
      if (parsed.scheme === 'file' || credentials === undefined) throw new Error(`${address} came without credentials`);
      return createS3Store({ ...parsed, credentials });
    };
    const catalog = rest().open({}, { openStore });
    await tableOfDays(catalog, [FIRST, FIRST + 1, FIRST + 2], { [FIRST]: [1] });
    const tables = await openTables(catalog, 'trailmill', { httpfs });
    try {
      const sql = "SELECT event.id FROM aws_cloudtrail WHERE ts < '2022-01-09' ORDER BY ts";
      expect(await tables.query(sql)).toEqual([{ id: '19000-0' }, { id: '19000-2' }]);
      expect(tables.names).toEqual(['aws_cloudtrail']);
    } finally {
      tables.close();
    }
  });
});
