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

/**
 * What may lie in a directory and is no object:
 * - `not_a_file`: a pipe, a socket, a device, or an empty directory that is named like a file
 * - `broken_link`: a symbolic link to nothing, to itself, or to a directory above it
 * - `bad_name`: its name is not UTF-8, or too long
 * - `unreadable`: a directory, or what a link leads to, that may not be looked into
 */
export type OddWhy = 'not_a_file' | 'broken_link' | 'bad_name' | 'unreadable';

export interface OddEntry {
  /** As far as it can be written; that of a directory ends with a slash. */
  key: string;
  why: OddWhy;
}

export interface ListOptions {
  delimiter?: '/';
  /** Only keys that sort after this one. */
  startAfter?: string;
  /**
   * Is told of each entry that cannot be listed as an object, which then is passed over; and files whose content may not be read
   * are listed with an ETag made of size and time. Absent: such an entry is an error, or is passed over where it holds nothing.
   */
  onOdd?: (entry: OddEntry) => void;
  signal?: AbortSignal;
}

export interface StoredObject extends ObjectInfo {
  body: Buffer;
  /** User metadata (`x-amz-meta-*`), names in lower case without that prefix. */
  metadata: Record<string, string>;
}

export interface GetOptions {
  ifMatch?: string;
  /** Bytes that were listed with `ifMatch`: an object of another size is another one, and need not be read to see it. */
  size?: number;
  /** False: the metadata may be left out, so that nothing can be wrong with it. */
  metadata?: boolean;
  signal?: AbortSignal;
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
  get(key: string, options?: GetOptions): Promise<StoredObject>;
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
