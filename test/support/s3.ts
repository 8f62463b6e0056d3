/** A real S3 server for tests, and what stands between it and them: a proxy with faults. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { FaultProxy } from '../../servers/fault-proxy';
import type { S3Server } from '../../servers/s3-server';
import type { ObjectStore } from '../../storage/object-store';
import { createS3Store, type S3StoreOptions } from '../../storage/s3/store';
import { startOwnS3 } from './servers';

export interface S3Fixture {
  server: S3Server;
  proxy: FaultProxy;
  /** The right of everything, past the proxy. */
  admin: S3Client;
  /** A new, empty bucket. */
  newBucket(): Promise<string>;
  /** A store that goes through the proxy, as root unless told otherwise. */
  open(where: Pick<S3StoreOptions, 'bucket'> & Partial<S3StoreOptions>): ObjectStore;
  /** Uploads in parts that were begun and neither completed nor aborted. */
  pendingUploads(bucket: string): Promise<number>;
  stop(): Promise<void>;
}

/** A server for the tests of one `describe`. */
export function useS3(): () => S3Fixture {
  let fixture: S3Fixture | undefined;
  beforeAll(async () => {
    fixture = await startS3();
  });
  afterAll(() => fixture?.stop());
  return () => {
    if (fixture === undefined) throw new Error('The S3 server has not started.');
    return fixture;
  };
}

async function startS3(): Promise<S3Fixture> {
  const server = await startOwnS3();
  const proxy = await FaultProxy.start({ target: server.endpoint });
  const { region, rootCredentials } = server;
  const admin = new S3Client({ endpoint: server.endpoint, region, credentials: rootCredentials, forcePathStyle: true });
  const asRoot = async () => rootCredentials;
  return {
    server,
    proxy,
    admin,
    async newBucket() {
      const bucket = `bucket-${randomBytes(6).toString('hex')}`;
      await admin.send(new CreateBucketCommand({ Bucket: bucket }));
      return bucket;
    },
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
    async stop() {
      admin.destroy();
      await proxy.close();
      await server.stop();
    },
  };
}

/** Resolves when `happened` says so; the test's own time limit is the limit. */
export async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await sleep(5);
}
