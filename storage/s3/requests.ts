/** The calls of the port as S3 requests. Keys here are full keys in the bucket, with the store's prefix. */
import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { type ListPage, lowerCaseNames, type ObjectInfo, type PutOptions, type StoredObject } from '../object-store.js';
import type { S3Part } from './access.js';
import { readWhole } from './body.js';
import type { Bucket, Send } from './bucket.js';
import { errorFactsOf } from './facts.js';

/** One page of a listing. */
export interface Listing extends ListPage {
  /** Continuation token of the next page; absent on the last page. */
  next?: string;
}

interface ListRequest {
  prefix: string;
  delimiter?: '/';
  startAfter?: string;
  next?: string;
  signal?: AbortSignal;
}

/** Requests one page (ListObjectsV2). */
export async function listPage(bucket: Bucket, request: ListRequest): Promise<Listing> {
  const { signal } = request;
  const command = new ListObjectsV2Command({
    ...bucket.parameters,
    Prefix: request.prefix,
    Delimiter: request.delimiter,
    StartAfter: request.startAfter,
    ContinuationToken: request.next,
    // Keys may contain characters that XML cannot represent.
    EncodingType: 'url',
  });
  const page = await bucket.send(signal, command);
  const textOf = page.EncodingType === 'url' ? decoded : (text: string) => text;
  return {
    objects: (page.Contents ?? []).map(({ Key = '', Size = 0, ETag = '', LastModified }) => ({
      key: textOf(Key),
      size: Size,
      etag: unquoted(ETag),
      lastModified: LastModified?.getTime() ?? 0,
    })),
    prefixes: (page.CommonPrefixes ?? []).map(({ Prefix = '' }) => textOf(Prefix)),
    next: page.IsTruncated ? page.NextContinuationToken : undefined,
  };
}

/** Reads a whole object (GetObject). */
export function getObject(
  bucket: Bucket,
  key: string,
  { ifMatch, signal }: { ifMatch?: string; signal?: AbortSignal },
): Promise<StoredObject> {
  const command = new GetObjectCommand({
    ...bucket.parameters,
    Key: key,
    IfMatch: ifMatch === undefined ? undefined : `"${ifMatch}"`,
  });
  return bucket.call(signal, async (send) => {
    const response = await send(command);
    const body = await readWhole(response.Body as Readable, response.ContentLength);
    return { ...described(key, response), size: body.length, body, metadata: lowerCaseNames(response.Metadata) };
  });
}

/** Reads a byte range of an object (GetObject with Range). */
export function getPart(
  bucket: Bucket,
  key: string,
  { from, to }: { from: number; to: number },
  signal?: AbortSignal,
): Promise<S3Part & { body: Buffer }> {
  const command = new GetObjectCommand({ ...bucket.parameters, Key: key, Range: `bytes=${from}-${to}` });
  return bucket.call(signal, async (send) => {
    const response = await send(command);
    const body = await readWhole(response.Body as Readable, response.ContentLength);
    const size = Number(/\/(\d+)$/.exec(response.ContentRange ?? '')?.[1] ?? body.length);
    return { ...described(key, response), size, body };
  });
}

/** Reads the metadata of an object (HeadObject). */
export async function headObject(bucket: Bucket, key: string, signal?: AbortSignal) {
  const command = new HeadObjectCommand({ ...bucket.parameters, Key: key });
  const response = await bucket.send(signal, command);
  return {
    object: { ...described(key, response), metadata: lowerCaseNames(response.Metadata) },
    kmsKey: response.SSEKMSKeyId,
  };
}

/** Writes an object (PutObject). */
export async function putObject(
  bucket: Bucket,
  key: string,
  body: Buffer,
  { ifNoneMatch, metadata, signal }: PutOptions,
): Promise<{ etag: string }> {
  const command = new PutObjectCommand({
    ...bucket.parameters,
    Key: key,
    Body: body,
    Metadata: metadata,
    IfNoneMatch: ifNoneMatch,
  });
  const response = await bucket.call(signal, async (send) => {
    try {
      return await send(command);
    } catch (error) {
      signal?.throwIfAborted();
      // A server may reject the request and close the connection while a large body is still being sent; the response is then
      // lost.
      if (ifNoneMatch && errorFactsOf(error).status === undefined && (await objectExists(bucket, send, key))) {
        throw new KeyExists('the key already exists', { cause: error });
      }
      throw error;
    }
  });
  return { etag: unquoted(response.ETag ?? '') };
}

/** Has the name of S3's error code, so that it is mapped like S3's own error. */
class KeyExists extends Error {
  override readonly name = 'PreconditionFailed';
}

/** Checks once (HeadObject). Returns false if there is no response. */
async function objectExists(bucket: Bucket, send: Send, key: string): Promise<boolean> {
  try {
    await send(new HeadObjectCommand({ ...bucket.parameters, Key: key }));
    return true;
  } catch {
    return false;
  }
}

/** Deletes an object (DeleteObject). */
export async function deleteObject(bucket: Bucket, key: string, signal?: AbortSignal): Promise<void> {
  const command = new DeleteObjectCommand({ ...bucket.parameters, Key: key });
  await bucket.send(signal, command);
}

/** `"abc"` → `abc`. The ETag itself is opaque. */
export function unquoted(etag: string): string {
  return etag.replace(/^"|"$/g, '');
}

interface Described {
  ContentLength?: number;
  ETag?: string;
  LastModified?: Date;
}

function described(key: string, { ContentLength = 0, ETag = '', LastModified }: Described): ObjectInfo {
  return { key, size: ContentLength, etag: unquoted(ETag), lastModified: LastModified?.getTime() ?? 0 };
}

/** Decodes URL-encoded keys, where a plus sign stands for a space. */
function decoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', '%20'));
}
