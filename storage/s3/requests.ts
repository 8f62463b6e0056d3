/** The requests of the port, in the words of S3. Keys here are those of the bucket, with the store's prefix. */
import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { ListPage, ObjectInfo, PutOptions, StoredObject } from '../object-store.js';
import type { S3Part } from './access.js';
import { readWhole } from './body.js';
import type { Bucket, Send } from './bucket.js';
import { factsOf } from './facts.js';

export interface Listing extends ListPage {
  /** Where the next page begins; absent at the end. */
  next?: string;
}

interface ListRequest {
  prefix: string;
  delimiter?: '/';
  startAfter?: string;
  next?: string;
  signal?: AbortSignal;
}

export async function listPage(bucket: Bucket, request: ListRequest): Promise<Listing> {
  const { signal } = request;
  const command = new ListObjectsV2Command({
    ...bucket.parameters,
    Prefix: request.prefix,
    Delimiter: request.delimiter,
    StartAfter: request.startAfter,
    ContinuationToken: request.next,
    // XML has no way to write some characters that a key may have.
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
    const answer = await send(command);
    const body = await readWhole(answer.Body as Readable, answer.ContentLength);
    return { ...described(key, answer), size: body.length, body, metadata: metadataOf(answer) };
  });
}

/** A part of an object, which is read to its end. */
export function getPart(
  bucket: Bucket,
  key: string,
  { from, to }: { from: number; to: number },
  signal?: AbortSignal,
): Promise<S3Part> {
  const command = new GetObjectCommand({ ...bucket.parameters, Key: key, Range: `bytes=${from}-${to}` });
  return bucket.call(signal, async (send) => {
    const answer = await send(command);
    const body = await readWhole(answer.Body as Readable, answer.ContentLength);
    const size = Number(/\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1] ?? body.length);
    return { ...described(key, answer), size, body };
  });
}

export async function headObject(bucket: Bucket, key: string, signal?: AbortSignal) {
  const command = new HeadObjectCommand({ ...bucket.parameters, Key: key });
  const answer = await bucket.send(signal, command);
  return { object: { ...described(key, answer), metadata: metadataOf(answer) }, kmsKey: answer.SSEKMSKeyId };
}

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
  const answer = await bucket.call(signal, async (send) => {
    try {
      return await send(command);
    } catch (error) {
      signal?.throwIfAborted();
      // A server may say no and hang up while a large body is still being sent: then its answer is lost.
      if (ifNoneMatch && factsOf(error).status === undefined && (await isThere(bucket, send, key))) {
        throw new KeyTaken('the key is taken', { cause: error });
      }
      throw error;
    }
  });
  return { etag: unquoted(answer.ETag ?? '') };
}

/** Under the name that S3 has for it. */
class KeyTaken extends Error {
  override readonly name = 'PreconditionFailed';
}

/** One look; without an answer nothing is known, which is false here. */
async function isThere(bucket: Bucket, send: Send, key: string): Promise<boolean> {
  try {
    await send(new HeadObjectCommand({ ...bucket.parameters, Key: key }));
    return true;
  } catch {
    return false;
  }
}

export async function deleteObject(bucket: Bucket, key: string, signal?: AbortSignal): Promise<void> {
  const command = new DeleteObjectCommand({ ...bucket.parameters, Key: key });
  await bucket.send(signal, command);
}

/** `"abc"` → `abc`; what is between the quotes means nothing to anybody but the server. */
export function unquoted(etag: string): string {
  return etag.replace(/^"|"$/g, '');
}

interface Described {
  ContentLength?: number;
  ETag?: string;
  LastModified?: Date;
  Metadata?: Record<string, string>;
}

function described(key: string, { ContentLength = 0, ETag = '', LastModified }: Described): ObjectInfo {
  return { key, size: ContentLength, etag: unquoted(ETag), lastModified: LastModified?.getTime() ?? 0 };
}

function metadataOf({ Metadata = {} }: Described): Record<string, string> {
  return Object.fromEntries(Object.entries(Metadata).map(([name, value]) => [name.toLowerCase(), value]));
}

/** As in a query: a space is a plus sign. */
function decoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', '%20'));
}
