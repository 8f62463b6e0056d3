/** An object store in a directory: a key is a path below it. Several processes may use the same directory at once. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, link, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AlreadyExists, ObjectChanged, UserMistake } from '../errors/index.js';
import { codeOf, fileError, isMissing } from './file-errors.js';
import { EtagCache, etagOf, md5, unreadEtag } from './file-etag.js';
import { dropPending, readMetadata, removeMetadata, settle, writePending } from './file-metadata.js';
import { oddWhyOf, type WalkEntry, walk } from './file-walk.js';
import { assertKey, assertPrefix, PAGE_SIZE } from './keys.js';
import { makeDirectories } from './make-directory.js';
import { lowerCaseNames } from './memory.js';
import type { ListOptions, ListPage, ObjectInfo, ObjectStore, PutOptions } from './object-store.js';
import { openFile } from './open-file.js';

/** Files of one listing page that are read (for their ETags) at once. */
const HASHES_AT_ONCE = 16;

/**
 * A store in `directory`, which need not exist yet. A key and a key below it (`a` and `a/b`) cannot both exist here.
 * Writes reach the disk (fsync) before they become visible.
 */
export function createFileStore(directory: string): ObjectStore {
  const root = resolve(directory);
  const uri = pathToFileURL(root).href.replace(/\/+$/, '');
  const etags = new EtagCache();

  /** Runs a call on one key; what the system says comes out as one of the port's errors, an abort as its reason. */
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
    const { signal, startAfter = '', onOdd } = options;
    signal?.throwIfAborted();
    assertPrefix(prefix);
    let entries: WalkEntry[] = [];
    const delimiter = options.delimiter !== undefined;
    for await (const entry of walk(root, { prefix, startAfter, delimiter, signal, onOdd })) {
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
    { signal, onOdd }: ListOptions,
  ): Promise<ObjectInfo | undefined> {
    try {
      return { key: file.key, ...(await etags.of(file.path, signal)) };
    } catch (error) {
      signal?.throwIfAborted();
      if (isMissing(error)) return undefined; // Deleted since its directory was read.
      const ours = fileError(error, file.path);
      const why = onOdd && oddWhyOf(ours);
      if (why === undefined) throw ours;
      // What may not be read is there all the same: whoever reads it is told so, and it has another ETag once that is mended.
      const unread = why === 'unreadable' ? await unreadable(file).catch(() => undefined) : undefined;
      if (unread === undefined) onOdd?.({ key: file.key, why });
      return unread;
    }
  }

  async function unreadable({ key, path }: { key: string; path: string }): Promise<ObjectInfo> {
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
    head: (key, { signal } = {}) =>
      onKey(key, signal, async (path) => {
        const { ino } = await stat(path);
        const info = await etags.of(path, signal);
        return { key, ...info, metadata: await readMetadata(root, key, ino) };
      }),
    put: (key, body, options = {}) =>
      onKey(key, options.signal, async (path) => {
        await write(root, key, body, options);
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

async function withFile<T>(opened: Promise<FileHandle>, call: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await opened;
  try {
    return await call(file);
  } finally {
    await file.close();
  }
}

/** Temporary file, fsync, then one atomic step: `link` for a conditional create, `rename` for a replacement. */
async function write(root: string, key: string, body: Uint8Array, options: PutOptions): Promise<void> {
  const path = join(root, key);
  if (options.ifNoneMatch && (await exists(path))) throw taken(path);
  await makeDirectory(path);
  const temporary = join(dirname(path), `.trailmill-${randomBytes(8).toString('hex')}.tmp`);
  const metadata = lowerCaseNames(options.metadata);
  const hasMetadata = Object.keys(metadata).length > 0;
  let inode = 0;
  try {
    inode = await writeThrough(temporary, body, options.signal);
    if (hasMetadata) await writePending(root, key, inode, metadata);
    options.signal?.throwIfAborted();
    if (options.ifNoneMatch) await linkOnce(temporary, path);
    else await renameOver(temporary, path);
  } catch (error) {
    if (hasMetadata && inode > 0) await dropPending(root, key, inode);
    await rm(temporary, { force: true });
    throw error;
  }
  await settle(root, key, inode, hasMetadata);
  await syncDirectory(dirname(path));
  if (options.ifNoneMatch) await rm(temporary, { force: true });
}

/** Writes the bytes to the disk itself; gives the inode. */
async function writeThrough(path: string, body: Uint8Array, signal?: AbortSignal): Promise<number> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(body, { signal });
    await file.sync();
    return (await file.stat()).ino;
  } finally {
    await file.close();
  }
}

async function linkOnce(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (code === 'EEXIST') throw taken(to);
    if (['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code)) {
      throw new UserMistake(
        `The file system of ${to} has no hard links, so two writers could not be told apart.`,
        'Put the warehouse on a local disk.',
        { cause: error },
      );
    }
    throw error;
  }
}

async function renameOver(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (codeOf(error) === 'EISDIR') throw directoryInTheWay(to, error);
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) throw directoryInTheWay(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Creates the parents of a path, and sees to it that they outlive a power cut. */
async function makeDirectory(path: string): Promise<void> {
  const parent = dirname(path);
  try {
    const first = await makeDirectories(parent);
    if (first === undefined) return;
    for (let made = parent; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made));
  } catch (error) {
    if (codeOf(error) !== 'ENOTDIR' && codeOf(error) !== 'EEXIST') throw error;
    throw new UserMistake(
      `${path} cannot be written: a part of its path is a file.`,
      'On disk a key and a key below it (a and a/b) cannot both exist.',
      { cause: error },
    );
  }
}

async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return; // Windows has no handle of a directory to sync.
  await withFile(open(path, 'r'), (directory) => directory.sync());
}

function taken(path: string): AlreadyExists {
  return new AlreadyExists(`The object ${path} exists already.`);
}

function directoryInTheWay(path: string, cause?: unknown): UserMistake {
  return new UserMistake(
    `${path} cannot be written: it is a directory.`,
    'On disk a key and a key below it (a and a/b) cannot both exist.',
    { cause },
  );
}
