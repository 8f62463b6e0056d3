/** Calls to one bucket as one user, for tests of an S3 server itself. */
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Credentials } from '../../dev/servers/s3-server.js';
import { s3Client } from './servers.js';

export type S3Calls = ReturnType<typeof s3Calls>;

/** `more` of a call: other fields of its input, such as `IfNoneMatch`. */
export function s3Calls(server: { endpoint: string; region: string }, credentials: S3Credentials, Bucket: string) {
  const client = s3Client(server, credentials);
  return {
    put: (Key: string, more: object = {}) =>
      client.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from(Key), ...more })),
    get: (Key: string) => client.send(new GetObjectCommand({ Bucket, Key })),
    head: (Key: string) => client.send(new HeadObjectCommand({ Bucket, Key })),
    list: () => client.send(new ListObjectsV2Command({ Bucket })),
    end: () => client.destroy(),
  };
}

/** "done", or the name of the error and the status of the answer. */
export function outcome(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'done',
    (error: Error & { $metadata?: { httpStatusCode?: number } }) => `${error.name} ${error.$metadata?.httpStatusCode}`,
  );
}
