/**
 * The object-store port: everything Trailmill reads and writes goes through these five calls.
 * Keys are S3 keys: no leading slash, `/` as the separator, ordered by their UTF-8 bytes.
 */

/** One object of a listing. `etag` is opaque (without quotes); `size` is in bytes as stored. */
export interface ObjectInfo {
  key: string;
  size: number;
  etag: string;
  /** Milliseconds since the epoch. */
  lastModified: number;
}

/** One page of a listing. With a delimiter, `prefixes` holds the "folders" (each ends with the delimiter). */
export interface ListPage {
  objects: ObjectInfo[];
  prefixes: string[];
}

export interface ListOptions {
  delimiter?: '/';
  /** Only keys that sort after this one. */
  startAfter?: string;
  signal?: AbortSignal;
}

export interface StoredObject extends ObjectInfo {
  body: Buffer;
  /** User metadata (`x-amz-meta-*`), names in lower case without that prefix. */
  metadata: Record<string, string>;
}

export interface PutOptions {
  /** `'*'`: write only when the key is free, else throw `AlreadyExists` and change nothing. */
  ifNoneMatch?: '*';
  metadata?: Record<string, string>;
  signal?: AbortSignal;
}

/**
 * Errors, the same from every adapter: `ObjectNotFound`, `ObjectChanged`, `AlreadyExists`, `StorageAccessDenied`,
 * `StorageUnavailable`. A cancelled `signal` rejects with the signal's reason.
 */
export interface ObjectStore {
  /** Where this store is, without a trailing slash: `file:///srv/logs`, `memory://name`. */
  readonly uri: string;
  /** Pages in ascending key order, each of at most 1,000 entries. An unknown prefix is an empty listing. */
  list(prefix: string, options?: ListOptions): AsyncIterable<ListPage>;
  /** The whole object. With `ifMatch` the read fails with `ObjectChanged` when the ETag is another one. */
  get(key: string, options?: { ifMatch?: string; signal?: AbortSignal }): Promise<StoredObject>;
  head(key: string, options?: { signal?: AbortSignal }): Promise<Omit<StoredObject, 'body'>>;
  /** Writes the whole object at once: a reader sees the old one, or the new one, never a part. */
  put(key: string, body: Uint8Array, options?: PutOptions): Promise<{ etag: string }>;
  /** Deleting what is not there is not an error. */
  delete(key: string, options?: { signal?: AbortSignal }): Promise<void>;
}

/** The object's full address, `<store.uri>/<key>`, with the key as it is: that is how S3 tools write it. */
export function objectUri(store: ObjectStore, key: string): string {
  return `${store.uri}/${key}`;
}
