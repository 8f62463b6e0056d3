/** The shared S3 server as the S3 store sees it: through the test's own proxy, which can make the connection bad. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ListMultipartUploadsCommand, type S3Client } from '@aws-sdk/client-s3';
import { FaultProxy } from '../../dev/servers/fault-proxy';
import type { ObjectStore } from '../../storage/object-store';
import { createS3Store, type S3StoreOptions } from '../../storage/s3/store';
import { freshBucket, type SharedS3, s3Client, sharedS3 } from './servers';

export interface S3Fixture {
  server: SharedS3;
  proxy: FaultProxy;
  /** May do everything, and bypasses the proxy. */
  admin: S3Client;
  /** A new, empty bucket. */
  newBucket(): Promise<string>;
  /** A store that goes through the proxy, as root by default. */
  open(where: Pick<S3StoreOptions, 'bucket'> & Partial<S3StoreOptions>): ObjectStore;
  /** Number of multipart uploads that were started and neither completed nor aborted. */
  pendingUploads(bucket: string): Promise<number>;
}

/** The proxy for the tests of one `describeWithS3`, without faults at the start of each of them. */
export function useS3(): () => S3Fixture {
  let fixture: S3Fixture | undefined;
  beforeAll(async () => {
    fixture = await start();
  });
  beforeEach(() => fixture?.proxy.behave());
  afterAll(async () => {
    fixture?.admin.destroy();
    await fixture?.proxy.close();
  });
  return () => {
    if (fixture === undefined) throw new Error('The proxy has not started.');
    return fixture;
  };
}

async function start(): Promise<S3Fixture> {
  const server = sharedS3();
  const { endpoint, region, rootCredentials } = server;
  const proxy = await FaultProxy.start({ target: endpoint });
  const admin = s3Client(server, rootCredentials);
  const asRoot = async () => rootCredentials;
  return {
    server,
    proxy,
    admin,
    newBucket: () => freshBucket(server),
    open: ({ options, ...where }) =>
      createS3Store({
        prefix: '',
        credentials: asRoot,
        ...where,
        options: { endpoint: proxy.endpoint, region, ...options },
      }),
    async pendingUploads(bucket) {
      const { Uploads = [] } = await admin.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      return Uploads.length;
    },
  };
}

/** Resolves when `happened` returns true; the time limit is that of the test. */
export async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await sleep(5);
}
