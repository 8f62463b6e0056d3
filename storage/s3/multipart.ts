/**
 * Large objects in parts. Not by @aws-sdk/lib-storage: there a cancelled upload goes on in the background, and parts stay
 * behind, and are paid for, when the last step fails.
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

/** Bytes. S3 takes 5 MiB to 5 GiB a part, and 10,000 parts: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const PART_SIZE = 16 * 1024 * 1024;
const MOST_PARTS = 10_000;
const PARTS_AT_ONCE = 4;

/** Larger objects go in parts: one that is cut costs a part, and several connections are faster than one. */
export const MULTIPART_FROM = 32 * 1024 * 1024;

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
    const answer = await bucket.send(signal, complete);
    return { etag: unquoted(answer.ETag ?? '') };
  } catch (error) {
    await discard(bucket, target);
    throw error;
  }
}

/** All parts, a few at once. The first that fails ends the others, and is what is thrown when they have ended. */
async function sendParts(
  bucket: Bucket,
  target: Target,
  body: Buffer,
  outer: AbortSignal | undefined,
): Promise<CompletedPart[]> {
  const size = Math.max(PART_SIZE, Math.ceil(body.length / MOST_PARTS));
  const parts: CompletedPart[] = new Array(Math.ceil(body.length / size));
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(outer?.reason);
  outer?.addEventListener('abort', onAbort, { once: true });
  let next = 0;
  const sendOn = async (): Promise<void> => {
    while (next < parts.length && !stop.signal.aborted) {
      const index = next++;
      const part = body.subarray(index * size, (index + 1) * size);
      const command = new UploadPartCommand({ ...target, PartNumber: index + 1, Body: part });
      const answer = await bucket.send(stop.signal, command);
      parts[index] = { ...checksumsOf(answer), PartNumber: index + 1, ETag: answer.ETag };
    }
  };
  try {
    const senders = Array.from({ length: Math.min(PARTS_AT_ONCE, parts.length) }, () =>
      sendOn().catch((error: unknown) => stop.abort(error)),
    );
    await Promise.all(senders);
    stop.signal.throwIfAborted();
    return parts;
  } finally {
    outer?.removeEventListener('abort', onAbort);
  }
}

/** S3 compares them once more when the parts are put together. */
function checksumsOf({ ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME }: CompletedPart): CompletedPart {
  return { ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME };
}

/** Parts of an unfinished upload are paid for until they are deleted. Also after a cancelled call, so without its signal. */
async function discard(bucket: Bucket, target: Target): Promise<void> {
  try {
    await bucket.send(undefined, new AbortMultipartUploadCommand(target));
  } catch {
    // The upload's own error is what the caller has to know. A lifecycle rule of the bucket takes what stays behind.
  }
}
