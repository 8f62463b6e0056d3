/**
 * Multipart uploads of large objects. Does not use @aws-sdk/lib-storage, because there a cancelled upload continues in the
 * background, and if the last step fails, the parts remain and are billed.
 */
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { PutOptions } from '../object-store.js';
import type { Bucket } from './bucket.js';
import { unquoted } from './requests.js';

/** S3 allows parts of 5 MiB to 5 GiB, and 10,000 parts: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const PART_BYTES = 16 * 1024 * 1024;
const MAX_PARTS = 10_000;
const CONCURRENT_PARTS = 4;

/**
 * Larger objects, in bytes, are uploaded in parts: a broken connection costs only one part, and several connections are faster
 * than one.
 */
export const MULTIPART_THRESHOLD = 32 * 1024 * 1024;

type Target = Bucket['parameters'] & { Key: string; UploadId: string | undefined };

/** Writes an object as a multipart upload. A failed upload is aborted. */
export async function putInParts(
  bucket: Bucket,
  key: string,
  body: Buffer,
  { metadata, signal }: PutOptions,
): Promise<{ etag: string }> {
  const object = { ...bucket.parameters, Key: key };
  const create = new CreateMultipartUploadCommand({ ...object, Metadata: metadata });
  const { UploadId } = await bucket.send(signal, create);
  const target: Target = { ...object, UploadId };
  try {
    const parts = await sendParts(bucket, target, body, signal);
    const complete = new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts: parts } });
    const response = await bucket.send(signal, complete);
    return { etag: unquoted(response.ETag ?? '') };
  } catch (error) {
    await discard(bucket, target);
    throw error;
  }
}

/** Uploads all parts, several at once. The first error aborts the others and is thrown after all have ended. */
async function sendParts(
  bucket: Bucket,
  target: Target,
  body: Buffer,
  outer: AbortSignal | undefined,
): Promise<CompletedPart[]> {
  const size = Math.max(PART_BYTES, Math.ceil(body.length / MAX_PARTS));
  const parts: CompletedPart[] = new Array(Math.ceil(body.length / size));
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(outer?.reason);
  outer?.addEventListener('abort', onAbort, { once: true });
  let next = 0;
  const sendRemaining = async (): Promise<void> => {
    while (next < parts.length && !stop.signal.aborted) {
      const index = next++;
      const part = body.subarray(index * size, (index + 1) * size);
      const command = new UploadPartCommand({ ...target, PartNumber: index + 1, Body: part });
      const response = await bucket.send(stop.signal, command);
      parts[index] = { ...checksumsOf(response), PartNumber: index + 1, ETag: response.ETag };
    }
  };
  try {
    const senders = Array.from({ length: Math.min(CONCURRENT_PARTS, parts.length) }, () =>
      sendRemaining().catch((error: unknown) => stop.abort(error)),
    );
    await Promise.all(senders);
    stop.signal.throwIfAborted();
    return parts;
  } finally {
    outer?.removeEventListener('abort', onAbort);
  }
}

/** S3 verifies the checksums again when it assembles the parts. */
function checksumsOf({ ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME }: CompletedPart): CompletedPart {
  return { ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME };
}

/**
 * Aborts an unfinished upload, whose parts are billed until they are deleted. Sent without the call's signal, which may be
 * aborted.
 */
async function discard(bucket: Bucket, target: Target): Promise<void> {
  try {
    await bucket.send(undefined, new AbortMultipartUploadCommand(target));
  } catch {
    // The caller needs the error of the upload itself. A lifecycle rule of the bucket can delete the remaining parts.
  }
}
