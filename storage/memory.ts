/** An object store in this process's memory, for tests and experiments. Implements the exact semantics of the port. */
import { AlreadyExists, ObjectChanged, ObjectNotFound } from '../errors/index.js';
import { md5 } from './file-etag.js';
import { assertKey, assertPrefix, compareKeys, PAGE_SIZE } from './keys.js';
import {
  type ListOptions,
  type ListPage,
  lowerCaseNames,
  type ObjectInfo,
  type ObjectStore,
  type StoredObject,
} from './object-store.js';

/**
 * Creates an empty store with the address `memory://<name>`. Each call returns a separate store, even with the same name.
 * @param now the modification time of what is written, milliseconds since the epoch
 */
export function createMemoryStore(name: string, now: () => number = Date.now): ObjectStore {
  const uri = `memory://${name}`;
  const objects = new Map<string, StoredObject>();
  let sorted: string[] | undefined;

  function remove(key: string): void {
    assertKey(key);
    if (objects.delete(key)) sorted = undefined;
  }

  function find(key: string): StoredObject {
    const found = objects.get(key);
    if (!found) throw new ObjectNotFound(`The object ${uri}/${key} does not exist.`);
    return found;
  }

  async function* list(prefix: string, options: ListOptions = {}): AsyncGenerator<ListPage> {
    options.signal?.throwIfAborted();
    assertPrefix(prefix);
    sorted ??= [...objects.keys()].sort(compareKeys);
    const keys = sorted;
    let page: ListPage = { objects: [], prefixes: [] };
    let folder: string | undefined;
    for (let i = firstAfter(keys, prefix, options.startAfter); i < keys.length && keys[i].startsWith(prefix); i++) {
      const end = options.delimiter ? keys[i].indexOf(options.delimiter, prefix.length) : -1;
      const entry = end === -1 ? undefined : keys[i].slice(0, end + 1);
      if (entry !== undefined && entry === folder) continue;
      const object = objects.get(keys[i]);
      if (!object) continue; // Deleted since the listing started.
      if (page.objects.length + page.prefixes.length === PAGE_SIZE) {
        yield page;
        options.signal?.throwIfAborted();
        page = { objects: [], prefixes: [] };
      }
      folder = entry;
      if (entry === undefined) page.objects.push(infoOf(object));
      else page.prefixes.push(entry);
    }
    if (page.objects.length + page.prefixes.length > 0) yield page;
  }

  return {
    uri,
    list,
    async get(key, options = {}) {
      options.signal?.throwIfAborted();
      assertKey(key);
      const object = find(key);
      if (options.ifMatch !== undefined && options.ifMatch !== object.etag) {
        throw new ObjectChanged(`The object ${uri}/${key} was replaced after it was listed.`);
      }
      return { ...object, body: Buffer.from(object.body), metadata: { ...object.metadata } };
    },
    async getRange(key, { from, length }, options = {}) {
      options.signal?.throwIfAborted();
      assertKey(key);
      return Buffer.from(find(key).body.subarray(from, from + length));
    },
    async head(key, options = {}) {
      options.signal?.throwIfAborted();
      assertKey(key);
      const object = find(key);
      return { ...infoOf(object), metadata: { ...object.metadata } };
    },
    async put(key, body, options = {}) {
      options.signal?.throwIfAborted();
      assertKey(key);
      if (options.ifNoneMatch && objects.has(key)) throw new AlreadyExists(`The object ${uri}/${key} already exists.`);
      if (!objects.has(key)) sorted = undefined;
      const copy = Buffer.from(body);
      const etag = md5(copy);
      const metadata = lowerCaseNames(options.metadata);
      objects.set(key, { key, size: copy.length, etag, lastModified: now(), body: copy, metadata });
      return { etag };
    },
    async delete(key, options = {}) {
      options.signal?.throwIfAborted();
      remove(key);
    },
    async deleteAll(keys, options = {}) {
      options.signal?.throwIfAborted();
      for (const key of keys) remove(key);
    },
  };
}

function infoOf({ key, size, etag, lastModified }: StoredObject): ObjectInfo {
  return { key, size, etag, lastModified };
}

/** Index of the first key that is not before the prefix and is after `startAfter`. */
function firstAfter(keys: readonly string[], prefix: string, startAfter = ''): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const before = compareKeys(keys[middle], prefix) < 0 || compareKeys(keys[middle], startAfter) <= 0;
    if (before) low = middle + 1;
    else high = middle;
  }
  return low;
}
