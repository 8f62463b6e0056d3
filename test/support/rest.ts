/** A real REST catalog for tests, Iceberg's own, with its tables on a real S3 server and a proxy with faults before it. */
import type { Catalog } from '../../iceberg/catalog';
import { createRestCatalog, type RestCatalogDependencies } from '../../iceberg/rest/rest-catalog';
import type { RestCatalogSettings } from '../../iceberg/rest/settings';
import type { OpenStore } from '../../iceberg/rest/table-stores';
import { FaultProxy } from '../../servers/fault-proxy';
import type { RestCatalog } from '../../servers/rest-catalog';
import { parseAddress } from '../../storage/address';
import { createFileStore } from '../../storage/file';
import { createS3Store } from '../../storage/s3/store';
import { type S3Fixture, useS3 } from './s3';
import { startOwnRestCatalog } from './servers';

export interface RestFixture {
  s3: S3Fixture;
  server: RestCatalog;
  /** Before the catalog; clients go through it. */
  proxy: FaultProxy;
  /** Of its warehouse. */
  bucket: string;
  /** A client of its own; it reaches the tables' files as root, unless the catalog vends credentials. */
  open(settings?: Partial<RestCatalogSettings>, dependencies?: Partial<RestCatalogDependencies>): Catalog;
}

/** Servers for the tests of one `describe`. */
export function useRest(options: { vendCredentials?: boolean } = {}): () => RestFixture {
  const s3 = useS3();
  let fixture: (RestFixture & { stop(): Promise<void> }) | undefined;
  beforeAll(async () => {
    fixture = await startRest(s3(), options.vendCredentials ?? false);
  });
  afterAll(() => fixture?.stop());
  return () => {
    if (fixture === undefined) throw new Error('The REST catalog has not started.');
    return fixture;
  };
}

async function startRest(s3: S3Fixture, vendCredentials: boolean): Promise<RestFixture & { stop(): Promise<void> }> {
  const { endpoint, region, rootCredentials } = s3.server;
  const bucket = await s3.newBucket();
  const server = await startOwnRestCatalog({
    warehouse: `s3://${bucket}/lake`,
    s3: { endpoint, region, credentials: rootCredentials },
    vendCredentials,
  });
  const proxy = await FaultProxy.start({ target: server.uri });
  const openStore: OpenStore = (address, credentials) => {
    const parsed = parseAddress(address);
    if (parsed.scheme === 'file') return createFileStore(parsed.directory);
    return createS3Store({ ...parsed, credentials: credentials ?? (async () => rootCredentials) });
  };
  return {
    s3,
    server,
    proxy,
    bucket,
    open: (settings, dependencies) =>
      createRestCatalog(
        { uri: proxy.endpoint, s3: { endpoint, region }, ...settings },
        { openStore, secrets: {}, ...dependencies },
      ),
    async stop() {
      await proxy.close();
      await server.stop();
    },
  };
}
