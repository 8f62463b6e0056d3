/** An object store in a directory: a key is a path relative to it. Several processes can use the same directory concurrently. */
import { type Stats, stat as statFile } from 'node:fs';
import { type FileHandle, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { mapConcurrent } from './concurrency.js';
import { fileError, isMissing } from './file-errors.js';
import { EtagCache, etagOf, lastModifiedOf, md5 } from './file-etag.js';
import { readMetadata, removeMetadata } from './file-metadata.js';
import { assertRead, assertUnchanged } from './file-read.js';
import { unusableReasonOf, type WalkEntry, walk } from './file-walk.js';
import { removeEmptyDirectories, withFile, writeFileObject } from './file-write.js';
import { assertKey, assertPrefix, PAGE_SIZE } from './keys.js';
import type { ListedObject, ListOptions, ListPage, ObjectStore } from './object-store.js';
import { openFile } from './open-file.js';

/** How many files of a listing page are queried for their size and time at once: network file systems are slow. */
const STATS_AT_ONCE = 16;

/** How many files are deleted at once, for the same reason. */
const DELETED_AT_ONCE = 16;

/**
 * Creates a store in `directory`, which need not exist yet. A key and a key below it (`a` and `a/b`) cannot both exist.
 * Writes are flushed to disk (fsync) before they become visible.
 */
export function createFileStore(directory: string): ObjectStore {
  const root = resolve(directory);
  const uri = pathToFileURL(root).href.replace(/\/+$/, '');
  const etags = new EtagCache();

  /** Runs a call on one key. Maps system errors to errors of the port; an abort rejects with the signal's reason. */
  async function onKey<T>(
    key: string,
    signal: AbortSignal | undefined,
    call: (path: string) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    assertKey(key);
    const path = join(root, key);
    try {
      return await call(path);
    } catch (error) {
      signal?.throwIfAborted();
      throw fileError(error, path);
    }
  }

  async function* list(prefix: string, options: ListOptions = {}): AsyncGenerator<ListPage> {
    const { signal, startAfter = '', onUnusable } = options;
    signal?.throwIfAborted();
    assertPrefix(prefix);
    let entries: WalkEntry[] = [];
    const delimiter = options.delimiter !== undefined;
    for await (const entry of walk(root, { prefix, startAfter, delimiter, signal, onUnusable })) {
      entries.push(entry);
      if (entries.length < PAGE_SIZE) continue;
      const page = await toPage(entries, options);
      if (page) yield page;
      entries = [];
    }
    const page = await toPage(entries, options);
    if (page) yield page;
  }

  async function toPage(entries: readonly WalkEntry[], options: ListOptions): Promise<ListPage | undefined> {
    const files = entries.filter((entry) => 'key' in entry);
    const objects = await mapConcurrent(files, STATS_AT_ONCE, (file) => describe(file, options));
    options.signal?.throwIfAborted();
    const prefixes = entries.flatMap((entry) => ('prefix' in entry ? [entry.prefix] : []));
    const found = objects.filter((object) => object !== undefined);
    return found.length + prefixes.length > 0 ? { objects: found, prefixes } : undefined;
  }

  async function describe(
    { key, path }: { key: string; path: string },
    { signal, onUnusable }: ListOptions,
  ): Promise<ListedObject | undefined> {
    signal?.throwIfAborted();
    try {
      const stats = await statOf(path);
      return stats.isFile() ? { key, size: stats.size, lastModified: lastModifiedOf(stats) } : undefined;
    } catch (error) {
      if (isMissing(error)) return undefined; // Deleted after its directory was read.
      const ours = fileError(error, path);
      const why = onUnusable && unusableReasonOf(ours);
      if (why === undefined) throw ours;
      onUnusable?.({ key, why });
      return undefined;
    }
  }

  function deleteOne(key: string, signal: AbortSignal | undefined): Promise<void> {
    return onKey(key, signal, async (path) => {
      const found = await stat(path).catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      });
      if (!found?.isFile()) return;
      await rm(path, { force: true });
      await removeMetadata(root, key, found.ino);
      etags.forget(path);
    });
  }

  return {
    uri,
    directory: root,
    list,
    get: (key, { ifMatch, size, lastModified, metadata: wanted = true, signal } = {}) =>
      onKey(key, signal, (path) =>
        withFile(openFile(path), async (file) => {
          const listed = { size, lastModified, etag: ifMatch };
          const before = await file.stat();
          assertUnchanged(path, listed, before);
          const body = await file.readFile({ signal });
          const etag = etagOf(body, lastModifiedOf(before));
          // Only a file without a listed ETag is identified by its time: other reads need no second `stat`.
          const after = ifMatch === undefined && lastModified !== undefined ? await file.stat() : before;
          assertRead(path, listed, { etag, length: body.length, before, after });
          const metadata = wanted ? await readMetadata(root, key, before.ino) : {};
          return { key, size: body.length, etag, lastModified: lastModifiedOf(before), body, metadata };
        }),
      ),
    getRange: (key, { from, length }, { signal } = {}) =>
      onKey(key, signal, (path) => withFile(openFile(path), (file) => readPart(file, from, length))),
    head: (key, { metadata: wanted = true, signal } = {}) =>
      onKey(key, signal, async (path) => {
        const { ino } = await stat(path);
        const info = await etags.of(path, signal);
        return { key, ...info, metadata: wanted ? await readMetadata(root, key, ino) : {} };
      }),
    put: (key, body, options = {}) =>
      onKey(key, options.signal, async (path) => {
        await writeFileObject(root, key, body, options);
        etags.forget(path);
        return { etag: md5(body) };
      }),
    delete: (key, { signal } = {}) => deleteOne(key, signal),
    deleteAll: async (keys, { signal } = {}) => {
      await mapConcurrent(keys, DELETED_AT_ONCE, (key) => deleteOne(key, signal));
      await removeEmptyDirectories(root, keys);
    },
  };
}

/**
 * `stat` with a callback: a promise costs twice as much, and a blocking call would block the process if a disk hangs.
 */
function statOf(path: string): Promise<Stats> {
  return new Promise((resolve, reject) => {
    statFile(path, (error, stats) => (error === null ? resolve(stats) : reject(error)));
  });
}

/** Reads until `length` bytes are read or the file ends: a single read may return fewer. */
async function readPart(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const body = Buffer.allocUnsafe(length);
  let end = 0;
  while (end < length) {
    const { bytesRead } = await file.read(body, end, length - end, from + end);
    if (bytesRead === 0) break;
    end += bytesRead;
  }
  return body.subarray(0, end);
}
