/**
 * Objects of S3 in parts, for an engine that reads the files of a store itself: as the same identity, with the same retries. Only a
 * store of this room can tell; what is wrapped around one cannot. Credentials never leave the room.
 */
import type { ObjectStore } from '../object-store.js';

export interface S3Part {
  /** Of the whole object, bytes. */
  size: number;
  etag: string;
  /** Milliseconds since the epoch. */
  lastModified: number;
  /** Absent where only the head was asked for. */
  body?: Buffer;
}

export interface S3PartRequest {
  bucket: string;
  key: string;
  /** First and last byte; absent: only the head. */
  range?: { from: number; to: number };
  signal?: AbortSignal;
}

/** Reads a part of an object; the bucket may be another one than the store's. Rejects with an error of the port. */
export type S3Parts = (request: S3PartRequest) => Promise<S3Part>;

const known = new WeakMap<ObjectStore, S3Parts>();

/** For the maker of a store. */
export function offerParts(store: ObjectStore, parts: S3Parts): void {
  known.set(store, parts);
}

/** `undefined` for a store that is not in S3. */
export function s3PartsOf(store: ObjectStore): S3Parts | undefined {
  return known.get(store);
}
