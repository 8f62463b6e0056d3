/** A real S3 server for tests, and what stands between it and them: a proxy with faults. */
import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { FaultProxy } from '../../servers/fault-proxy';
import { type S3Server, startS3Server } from '../../servers/s3-server';
import { findVersitygw } from '../../servers/versitygw';
import type { ObjectStore } from '../../storage/object-store';
import { createS3Store, type S3StoreOptions } from '../../storage/s3/store';

/** The path of versitygw, or `undefined` where it cannot be had: said aloud, and in CI an error. */
export async function versitygw(): Promise<string | undefined> {
  try {
    return await findVersitygw({ env: process.env, log: (line) => process.stderr.write(`${line}\n`) });
  } catch (error) {
    if (process.env.CI) throw error;
    process.stderr.write(`TESTS ARE SKIPPED: no S3 server. ${error instanceof Error ? error.message : error}\n`);
    return undefined;
  }
}

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

export async function startS3(binary: string): Promise<S3Fixture> {
  const server = await startS3Server({ binary });
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
