/** Atomic, durable writes of the file store. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, link, open, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AlreadyExists, systemCodeOf, UserMistake } from '../errors/index.js';
import { isMissing } from './file-errors.js';
import { commitMetadata, dropPending, writePending } from './file-metadata.js';
import { makeDirectories } from './make-directory.js';
import { lowerCaseNames, type PutOptions } from './object-store.js';

/** Runs a call on an open file and closes the file afterwards. */
export async function withFile<T>(opened: Promise<FileHandle>, call: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await opened;
  try {
    return await call(file);
  } finally {
    await file.close();
  }
}

/**
 * Writes the file of `key`: a temporary file, fsync, then one atomic step: `link` for a conditional create, `rename` otherwise.
 * Throws `AlreadyExists`, `UserMistake` or a system error.
 */
export async function writeFileObject(root: string, key: string, body: Uint8Array, options: PutOptions): Promise<void> {
  const path = join(root, key);
  if (options.ifNoneMatch && (await exists(path))) throw alreadyExists(path);
  const temporary = join(dirname(path), `.trailmill-${randomBytes(8).toString('hex')}.tmp`);
  const metadata = lowerCaseNames(options.metadata);
  const hasMetadata = Object.keys(metadata).length > 0;
  const inode = await inDirectory(path, () => writeThrough(temporary, body, options.signal));
  try {
    if (hasMetadata) await writePending(root, key, inode, metadata);
    options.signal?.throwIfAborted();
    if (options.ifNoneMatch) await linkOnce(temporary, path);
    else await renameOver(temporary, path);
  } catch (error) {
    if (hasMetadata) await dropPending(root, key, inode);
    await rm(temporary, { force: true });
    throw error;
  }
  await commitMetadata(root, key, inode, hasMetadata);
  await syncDirectory(dirname(path));
  if (options.ifNoneMatch) await rm(temporary, { force: true });
}

/** How often to create a directory that another process removes because it is still empty. */
const DIRECTORY_ATTEMPTS = 20;

/**
 * Creates the parent directories of a path, writes a file there, and syncs the new directories to disk. Repeats this if
 * they were removed before the file was in them.
 */
async function inDirectory<T>(path: string, write: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      const made = await makeDirectory(path);
      const written = await write();
      for (const directory of made) await syncDirectory(dirname(directory));
      return written;
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT' || attempt === DIRECTORY_ATTEMPTS) throw error;
    }
  }
}

/**
 * Removes the directories of deleted files if they are now empty, and their parents up to, but not including, `root`.
 */
export async function removeEmptyDirectories(root: string, keys: readonly string[]): Promise<void> {
  const tried = new Set<string>();
  for (const key of keys) {
    for (let path = dirname(join(root, key)); path.length > root.length && !tried.has(path); path = dirname(path)) {
      tried.add(path);
      try {
        await rmdir(path);
        // Its parent may be empty only now.
        tried.delete(dirname(path));
      } catch {
        break; // Not empty, or no permission: it stays.
      }
    }
  }
}

/** Writes a new file and flushes it to disk; returns its inode. A file that cannot be finished is removed. */
async function writeThrough(path: string, body: Uint8Array, signal?: AbortSignal): Promise<number> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(body, { signal });
    await file.sync();
    return (await file.stat()).ino;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function linkOnce(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const code = systemCodeOf(error) ?? '';
    if (code === 'EEXIST') throw alreadyExists(to);
    if (['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code)) {
      throw new UserMistake(
        `The file system of ${to} does not support hard links, which are needed to prevent two writers from creating the same file.`,
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
    if (systemCodeOf(error) === 'EISDIR') throw isDirectoryError(to, error);
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) throw isDirectoryError(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Creates the parent directories of a path; returns those that are new, the innermost first. */
async function makeDirectory(path: string): Promise<string[]> {
  const parent = dirname(path);
  try {
    const first = await makeDirectories(parent);
    if (first === undefined) return [];
    const made: string[] = [];
    for (let created = parent; created.length >= first.length; created = dirname(created)) made.push(created);
    return made;
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOTDIR' && systemCodeOf(error) !== 'EEXIST') throw error;
    throw new UserMistake(
      `${path} cannot be written: one of its parent directories is a file.`,
      'On disk, a key and a key below it (a and a/b) cannot both exist.',
      { cause: error },
    );
  }
}

async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return; // Windows cannot sync directories.
  await withFile(open(path, 'r'), (directory) => directory.sync());
}

function alreadyExists(path: string): AlreadyExists {
  return new AlreadyExists(`The object ${path} already exists.`);
}

function isDirectoryError(path: string, cause?: unknown): UserMistake {
  return new UserMistake(
    `${path} cannot be written: it is a directory.`,
    'On disk, a key and a key below it (a and a/b) cannot both exist.',
    { cause },
  );
}
