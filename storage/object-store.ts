/**
 * The object-store port: Trailmill reads and writes all data through these calls.
 * Keys are S3 keys: no leading slash, `/` as the separator, ordered by their UTF-8 bytes.
 */

/** The attributes of an object. `etag` is opaque (without quotes); `size` is in bytes as stored. */
export interface ObjectInfo {
  key: string;
  size: number;
  etag: string;
  /** Milliseconds since the epoch. */
  lastModified: number;
}

/** One object of a listing. It has no ETag if the store would have to read the object for it: see `head`. */
export type ListedObject = Omit<ObjectInfo, 'etag'> & { etag?: string };

/**
 * One page of a listing. With a delimiter, `prefixes` contains the common prefixes ("folders"), each ending with the delimiter.
 */
export interface ListPage {
  objects: ListedObject[];
  prefixes: string[];
}

/**
 * Why a directory entry cannot be an object:
 * - `not_a_file`: a pipe, a socket, a device, or an empty directory that is named like a file
 * - `broken_link`: a symbolic link that is dangling, or points to itself or to a parent directory
 * - `bad_name`: its name is not valid UTF-8, or too long
 * - `unreadable`: a directory or link target without read permission
 */
export type UnusableReason = 'not_a_file' | 'broken_link' | 'bad_name' | 'unreadable';

/** A directory entry that is not an object. */
export interface UnusableEntry {
  /** Bytes that are not valid UTF-8 are replaced; the key of a directory ends with a slash. */
  key: string;
  why: UnusableReason;
}

/** Options of a listing. */
export interface ListOptions {
  delimiter?: '/';
  /** Only keys that sort after this one. */
  startAfter?: string;
  /**
   * Called for each entry that cannot be listed as an object; the entry is then skipped. Files without read permission are
   * listed: reading them reports the error. If absent, such an entry is an error, or is skipped if it contains nothing.
   */
  onUnusable?: (entry: UnusableEntry) => void;
  signal?: AbortSignal;
}

/** An object with its content. */
export interface StoredObject extends ObjectInfo {
  body: Buffer;
  /** User metadata (`x-amz-meta-*`); names are lowercase, without the prefix. */
  metadata: Record<string, string>;
}

/** Options of {@link ObjectStore.head}. */
export interface HeadOptions {
  /** False: as in {@link GetOptions}. */
  metadata?: boolean;
  signal?: AbortSignal;
}

/** Options of a read. */
export interface GetOptions {
  ifMatch?: string;
  /** The listed size in bytes: a different one means that the object was replaced, without reading it. */
  size?: number;
  /** The listed modification time, if the listing had no ETag: a different one means that the object was replaced. */
  lastModified?: number;
  /** False: metadata is not needed, so that invalid metadata cannot make the read fail. */
  metadata?: boolean;
  signal?: AbortSignal;
}

/** A part of an object, in bytes. */
export interface ByteRange {
  from: number;
  /** At least 1. */
  length: number;
}

/** Options of a write. */
export interface PutOptions {
  /** `'*'`: write only if the key does not exist; otherwise throw `AlreadyExists` and change nothing. */
  ifNoneMatch?: '*';
  metadata?: Record<string, string>;
  signal?: AbortSignal;
}

/**
 * All adapters throw the same errors: `ObjectNotFound`, `ObjectChanged`, `AlreadyExists`, `StorageAccessDenied`,
 * `StorageUnavailable`. If `signal` is aborted, calls reject with the signal's reason.
 */
export interface ObjectStore {
  /** The store's location, without a trailing slash: `file:///srv/logs`, `memory://name`. */
  readonly uri: string;
  /** Pages in ascending key order, with at most 1,000 entries each. An unknown prefix gives an empty listing. */
  list(prefix: string, options?: ListOptions): AsyncIterable<ListPage>;
  /** Reads a whole object. Fails with `ObjectChanged` if it is not the one that the options describe. */
  get(key: string, options?: GetOptions): Promise<StoredObject>;
  /** Reads a part of an object: fewer bytes, or none, if the object ends before the range does. */
  getRange(key: string, range: ByteRange, options?: { signal?: AbortSignal }): Promise<Buffer>;
  head(key: string, options?: HeadOptions): Promise<Omit<StoredObject, 'body'>>;
  /** Writes the whole object atomically: a reader sees the old object or the new one, never a part. */
  put(key: string, body: Uint8Array, options?: PutOptions): Promise<{ etag: string }>;
  /** Deleting a key that does not exist is not an error. */
  delete(key: string, options?: { signal?: AbortSignal }): Promise<void>;
  /**
   * Deletes objects of one folder tree, with as few requests as the store allows; directories that become empty are
   * removed too. The order is not defined, and if it fails, some of the objects may remain.
   */
  deleteAll(keys: readonly string[], options?: { signal?: AbortSignal }): Promise<void>;
  /**
   * The directory of a file store; absent in other stores. Objects can be read there with `readFileObject`, at a tenth
   * of the cost of `get`. Listings of file stores have no ETags.
   */
  readonly directory?: string;
}

/** The object's full address, `<store.uri>/<key>`. The key is not encoded, as is usual in S3 tools. */
export function objectUri(store: ObjectStore, key: string): string {
  return `${store.uri}/${key}`;
}

/** Lowercases the names of user metadata or headers: S3 does not preserve the case of metadata names. */
export function lowerCaseNames(values: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name.toLowerCase(), value]));
}
