/**
 * Range reads of S3 objects for an engine that reads a store's files itself, with the store's identity and retries. Available
 * only for stores created by this module, not for wrapped stores. Credentials never leave the module.
 */
import type { ObjectStore } from '../object-store.js';

/** A byte range of an object, or only its metadata. */
export interface S3Part {
  /** Bytes of the whole object. */
  size: number;
  etag: string;
  /** Milliseconds since the epoch. */
  lastModified: number;
  /** Absent if no range was requested. */
  body?: Buffer;
}

/** A request for a byte range of an object. */
export interface S3PartRequest {
  bucket: string;
  key: string;
  /** First and last byte, inclusive; absent: metadata only (HEAD). */
  range?: { from: number; to: number };
  signal?: AbortSignal;
}

/** Reads a part of an object, possibly in another bucket than the store's. Rejects with an error of the port. */
export type S3Parts = (request: S3PartRequest) => Promise<S3Part>;

const rangeReads = new WeakMap<ObjectStore, S3Parts>();

/** Registers the range reads of a store; called by the function that creates the store. */
export function registerParts(store: ObjectStore, parts: S3Parts): void {
  rangeReads.set(store, parts);
}

/** The range reads of a store; `undefined` if the store is not in S3. */
export function s3PartsOf(store: ObjectStore): S3Parts | undefined {
  return rangeReads.get(store);
}
