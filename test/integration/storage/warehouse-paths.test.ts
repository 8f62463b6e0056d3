/** Characters allowed in the path of a warehouse, with all readers: `trailmill query`, PyIceberg, DuckDB; on disk and in S3. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Catalog } from '../../../iceberg/catalog';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import { openTables } from '../../../query/open-tables';
import { parseAddress } from '../../../storage/address';
import { createFileStore } from '../../../storage/file';
import { createS3Store } from '../../../storage/s3/store';
import { normalizeWarehouse } from '../../../storage/warehouse-place';
import { hasHttpfs } from '../../support/httpfs';
import { describeWithReaders, type Reader, startReader } from '../../support/python';
import { describeWithS3, freshBucket, sharedS3 } from '../../support/servers';
import { tableOfDays } from '../../support/table-of-days';

const httpfs = { env: process.env, log: () => {} };
/** Accepted names with characters that have a meaning in a shell, a URL, SQL or a pattern. */
const NAMES = [
  'my ware house',
  "it's",
  "all !$&'()+,-.:;=@_",
  'ts_day=2022-01-08',
  '$HOME',
  'a..b',
  '...',
  '.hidden',
  'ünïcödé 日本',
  'u\u0301',
  'x'.repeat(200),
];
const ON_DISK = ['[a]', 'x[0-9]y', '{a,b}', 'a<b>c', 'a|b', '`date`', '~', '^'];
/** Other warehouses next to them, with other rows, which these names would match as patterns. */
const NEIGHBORS = ['a', 'x5y', 'b'];

const SETTINGS = { setup: [] as string[], properties: {} as Record<string, string> };

/** What each reader finds: three days with three rows each, two of the nine rows deleted. */
async function everybody(python: Reader, catalog: Catalog, { setup, properties } = SETTINGS): Promise<unknown> {
  const { identifier } = await tableOfDays(catalog, [0, 1, 19_000], { 1: [0, 2] });
  const { metadataLocation: metadata } = (await catalog.loadTable(identifier))!;
  const tables = await openTables(catalog, 'trailmill', { httpfs });

  try {
    return {
      query: await tables.query('SELECT count(event.id)::INT AS n FROM aws_cloudtrail'),
      pyiceberg: (await python.rows({ metadata, properties })).length,
      duckdb: await python.duckdb({ tables: { t: metadata }, setup, sql: 'SELECT count(event.id)::INT AS n FROM t' }),
    };
  } finally {
    tables.close();
  }
}
const SEVEN = { query: [{ n: 7 }], pyiceberg: 7, duckdb: [{ n: 7 }] };

describeWithReaders('a warehouse whose path is accepted', () => {
  let python: Reader;
  let root: string;
  beforeAll(async () => {
    python = await startReader();
    root = await mkdtemp(join(tmpdir(), 'trailmill-paths-'));
    for (const name of NEIGHBORS)
      await tableOfDays(createStorageCatalog(createFileStore(join(root, name))), [0, 1, 2, 3]);
  });
  afterAll(async () => {
    await python?.close();
    await rm(root, { recursive: true, force: true });
  });

  it.each([...NAMES, ...ON_DISK])('is read by all readers on disk: %s', async (name) => {
    const directory = fileURLToPath(normalizeWarehouse(join(root, name), root));
    expect(directory).toBe(join(root, name));
    expect(await everybody(python, createStorageCatalog(createFileStore(directory)))).toEqual(SEVEN);
  });

  (hasHttpfs() ? describeWithS3 : describe.skip)('in S3', () => {
    it.each(NAMES)('is read by all readers: %s', async (name) => {
      const { endpoint, region, rootCredentials } = sharedS3();
      const { accessKeyId, secretAccessKey } = rootCredentials;
      const bucket = await freshBucket(sharedS3());
      const address = parseAddress(
        normalizeWarehouse(`s3://${bucket}/${name}?endpoint=${endpoint}&region=${region}`, '/'),
      );
      if (address.scheme !== 's3') throw new Error('not in S3');
      expect(address.prefix).toBe(name);
      const catalog = createStorageCatalog(createS3Store({ ...address, credentials: async () => rootCredentials }));
      const settings = {
        setup: [
          `CREATE SECRET (TYPE s3, KEY_ID '${accessKeyId}', SECRET '${secretAccessKey}', ENDPOINT '${new URL(endpoint).host}', URL_STYLE 'path', USE_SSL false, REGION '${region}')`,
        ],
        properties: {
          's3.endpoint': endpoint,
          's3.access-key-id': accessKeyId,
          's3.secret-access-key': secretAccessKey,
          's3.region': region,
        },
      };
      expect(await everybody(python, catalog, settings)).toEqual(SEVEN);
    });
  });
});
