/** An object store in a directory: a key is a path relative to it. Several processes can use the same directory concurrently. */
import { type FileHandle, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ObjectChanged } from '../errors/index.js';
import { fileError, isMissing } from './file-errors.js';
import { EtagCache, etagOf, md5, unreadEtag } from './file-etag.js';
import { readMetadata, removeMetadata } from './file-metadata.js';
import { unusableReasonOf, type WalkEntry, walk } from './file-walk.js';
import { withFile, writeFileObject } from './file-write.js';
import { assertKey, assertPrefix, PAGE_SIZE } from './keys.js';
import type { ListOptions, ListPage, ObjectInfo, ObjectStore } from './object-store.js';
import { openFile } from './open-file.js';

/** How many files of a listing page are read concurrently, to compute their ETags. */
const HASHES_AT_ONCE = 16;

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
    const objects: (ObjectInfo | undefined)[] = [];
    const files = entries.filter((entry) => 'key' in entry);
    let next = 0;
    const hashOn = async () => {
      while (next < files.length) {
        options.signal?.throwIfAborted();
        const index = next++;
        objects[index] = await describe(files[index], options);
      }
    };
    await Promise.all(Array.from({ length: HASHES_AT_ONCE }, hashOn));
    const prefixes = entries.flatMap((entry) => ('prefix' in entry ? [entry.prefix] : []));
    const found = objects.filter((object) => object !== undefined);
    return found.length + prefixes.length > 0 ? { objects: found, prefixes } : undefined;
  }

  async function describe(
    file: { key: string; path: string },
    { signal, onUnusable }: ListOptions,
  ): Promise<ObjectInfo | undefined> {
    try {
      return { key: file.key, ...(await etags.of(file.path, signal)) };
    } catch (error) {
      signal?.throwIfAborted();
      if (isMissing(error)) return undefined; // Deleted after its directory was read.
      const ours = fileError(error, file.path);
      const why = onUnusable && unusableReasonOf(ours);
      if (why === undefined) throw ours;
      // A file without read permission is still listed: reading it then reports the error, and its ETag changes when the
      // permissions are fixed.
      const listed = why === 'unreadable' ? await describeUnreadable(file).catch(() => undefined) : undefined;
      if (listed === undefined) onUnusable?.({ key: file.key, why });
      return listed;
    }
  }

  async function describeUnreadable({ key, path }: { key: string; path: string }): Promise<ObjectInfo> {
    const { size, mtimeMs } = await stat(path);
    return { key, size, etag: unreadEtag('unreadable', { size, mtimeMs }), lastModified: Math.floor(mtimeMs) };
  }

  return {
    uri,
    list,
    get: (key, { ifMatch, size: listed, metadata: wanted = true, signal } = {}) =>
      onKey(key, signal, (path) =>
        withFile(openFile(path), async (file) => {
          const { ino, mtimeMs, size } = await file.stat();
          const replaced = (): Error => new ObjectChanged(`The object ${path} was replaced after it was listed.`);
          if (listed !== undefined && listed !== size) throw replaced();
          const body = await file.readFile({ signal });
          const etag = etagOf(body, mtimeMs);
          if (ifMatch !== undefined && ifMatch !== etag) throw replaced();
          const metadata = wanted ? await readMetadata(root, key, ino) : {};
          return { key, size: body.length, etag, lastModified: Math.floor(mtimeMs), body, metadata };
        }),
      ),
    getRange: (key, { from, length }, { signal } = {}) =>
      onKey(key, signal, (path) => withFile(openFile(path), (file) => readPart(file, from, length))),
    head: (key, { signal } = {}) =>
      onKey(key, signal, async (path) => {
        const { ino } = await stat(path);
        const info = await etags.of(path, signal);
        return { key, ...info, metadata: await readMetadata(root, key, ino) };
      }),
    put: (key, body, options = {}) =>
      onKey(key, options.signal, async (path) => {
        await writeFileObject(root, key, body, options);
        etags.forget(path);
        return { etag: md5(body) };
      }),
    delete: (key, { signal } = {}) =>
      onKey(key, signal, async (path) => {
        const found = await stat(path).catch((error: unknown) => {
          if (isMissing(error)) return undefined;
          throw error;
        });
        if (!found?.isFile()) return;
        await rm(path, { force: true });
        await removeMetadata(root, key, found.ino);
        etags.forget(path);
      }),
  };
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
