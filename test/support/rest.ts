/** Clients of a real REST catalog, Iceberg's own, with its tables on a real S3 server and a fault proxy in front of it. */

import { FaultProxy } from '../../dev/servers/fault-proxy';
import type { RestCatalog } from '../../dev/servers/rest-catalog';
import type { Catalog } from '../../iceberg/catalog';
import { createRestCatalog, type RestCatalogDependencies } from '../../iceberg/rest/rest-catalog';
import type { RestCatalogSettings } from '../../iceberg/rest/settings';
import type { OpenStore } from '../../iceberg/rest/table-stores';
import { parseAddress } from '../../storage/address';
import { createFileStore } from '../../storage/file';
import { createS3Store } from '../../storage/s3/store';
import { freshBucket, type SharedS3, sharedRestCatalog, sharedS3, startOwnRestCatalog } from './servers';

export interface RestFixture {
  s3: SharedS3;
  /** Of the server itself. */
  uri: string;
  /** Where it puts tables: `s3://bucket/prefix`. */
  warehouse: string;
  /** In front of the server; clients go through it. */
  proxy: FaultProxy;
  /** Opens a new client, which reads and writes the tables' files as root, unless the catalog vends credentials. */
  open(settings?: Partial<RestCatalogSettings>, dependencies?: Partial<RestCatalogDependencies>): Catalog;
}

/** The shared catalog, for the tests of one `describe`, which use their own namespaces. */
export function useRest(): () => RestFixture {
  return use(async () => {
    const { uri, warehouse } = sharedRestCatalog();
    return fixtureOf(uri, warehouse);
  });
}

/** A separate catalog. */
export function useOwnRest(options: { vendCredentials?: boolean } = {}): () => RestFixture & { server: RestCatalog } {
  return use(async () => {
    const { endpoint, region, rootCredentials: credentials } = sharedS3();
    const warehouse = `s3://${await freshBucket(sharedS3())}/lake`;
    const server = await startOwnRestCatalog({ ...options, warehouse, s3: { endpoint, region, credentials } });
    return { ...(await fixtureOf(server.uri, warehouse)), server };
  });
}

function use<T extends RestFixture & { server?: RestCatalog }>(start: () => Promise<T>): () => T {
  let fixture: T | undefined;
  beforeAll(async () => {
    fixture = await start();
  });
  afterAll(async () => {
    await fixture?.proxy.close();
    await fixture?.server?.stop();
  });
  return () => {
    if (fixture === undefined) throw new Error('The REST catalog has not started.');
    return fixture;
  };
}

async function fixtureOf(uri: string, warehouse: string): Promise<RestFixture> {
  const s3 = sharedS3();
  const proxy = await FaultProxy.start({ target: uri });
  const openStore: OpenStore = (address, credentials) => {
    const parsed = parseAddress(address);
    if (parsed.scheme === 'file') return createFileStore(parsed.directory);
    return createS3Store({ ...parsed, credentials: credentials ?? (async () => s3.rootCredentials) });
  };
  return {
    s3,
    uri,
    warehouse,
    proxy,
    open: (settings, dependencies) =>
      createRestCatalog(
        { uri: proxy.endpoint, s3: { endpoint: s3.endpoint, region: s3.region }, ...settings },
        { openStore, secrets: {}, ...dependencies },
      ),
  };
}
