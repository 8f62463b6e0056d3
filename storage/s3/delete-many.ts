/** Deletes many objects with few requests (DeleteObjects). */
import { DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { mapConcurrent } from '../concurrency.js';
import type { Bucket } from './bucket.js';
import { errorFactsOf } from './facts.js';
import { deleteObject } from './requests.js';

/** The maximum of one request: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const MOST_KEYS = 1_000;

/** Concurrent requests to a server without DeleteObjects. */
const ONE_BY_ONE = 16;

/** Returned by servers that do not support the request, or that require another signature or checksum. */
const UNSUPPORTED = [400, 405, 411, 501];

/** The error of one object. Its name is S3's error code, so that it is mapped like S3's own error. */
class NotDeleted extends Error {
  readonly $metadata: { httpStatusCode?: number };
  constructor(code: string, message: string) {
    super(message);
    this.name = code;
    this.$metadata = { httpStatusCode: code === 'AccessDenied' ? 403 : 503 };
  }
}

/** Deletes objects by their full keys, and throws the first error. Keys that do not exist are not errors. */
export async function deleteObjects(bucket: Bucket, keys: readonly string[], signal?: AbortSignal): Promise<void> {
  for (let from = 0; from < keys.length; from += MOST_KEYS) {
    const some = keys.slice(from, from + MOST_KEYS);
    if (await deleteTogether(bucket, some, signal)) continue;
    await mapConcurrent(some, ONE_BY_ONE, (key) => deleteObject(bucket, key, signal));
  }
}

/** Returns false if the server does not support the request. */
async function deleteTogether(bucket: Bucket, keys: readonly string[], signal?: AbortSignal): Promise<boolean> {
  const command = new DeleteObjectsCommand({
    ...bucket.parameters,
    Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: true },
  });
  try {
    const { Errors: [first] = [] } = await bucket.send(signal, command);
    if (first === undefined) return true;
    throw new NotDeleted(first.Code ?? 'InternalError', first.Message ?? 'the object was not deleted');
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof NotDeleted) && UNSUPPORTED.includes(errorFactsOf(error).status ?? 0)) return false;
    throw error;
  }
}
