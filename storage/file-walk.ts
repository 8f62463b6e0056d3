/**
 * Walks a directory tree in the order in which S3 would list it, by full key. Within a directory, a subdirectory sorts as its
 * name plus a slash (`a.b` < `a/…` < `a0`), so that depth-first order is key order. Memory use: the names in the directories on
 * the current path, never those of the whole tree.
 */
import type { Dirent } from 'node:fs';
import { lstat, opendir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { StorageAccessDenied, systemCodeOf, UserMistake } from '../errors/index.js';
import { printable } from '../text/printable.js';
import { fileError, isMissing } from './file-errors.js';
import { compareKeys, isTemporaryName, METADATA_DIRECTORY } from './keys.js';
import type { UnusableEntry, UnusableReason } from './object-store.js';

/** A key or, with a delimiter, a common prefix; a prefix ends with a slash. */
export type WalkEntry = { key: string; path: string } | { prefix: string };

/** Options of {@link walk}. */
export interface WalkOptions {
  prefix: string;
  startAfter: string;
  delimiter: boolean;
  signal?: AbortSignal;
  /** As in `ListOptions`. */
  onUnusable?: (entry: UnusableEntry) => void;
}

/** Yields all entries below `root`, in key order. A missing directory is treated as empty. */
export async function* walk(root: string, options: WalkOptions): AsyncGenerator<WalkEntry> {
  const start = options.prefix.slice(0, options.prefix.lastIndexOf('/') + 1);
  // `a//b` and a leading slash match no keys here, although the operating system would resolve them.
  if (start.split('/').slice(0, -1).includes('') || start.startsWith(`${METADATA_DIRECTORY}/`)) return;
  yield* walkDirectory(root, start, options);
}

/** A directory with such a name was probably meant to be a file. */
const FILE_EXTENSION = /\.(json|gz|gzip|zst|zstd)$/i;

async function* walkDirectory(root: string, base: string, options: WalkOptions): AsyncGenerator<WalkEntry> {
  const { prefix, startAfter, delimiter, onUnusable } = options;
  for (const name of await readNames(root, base, options)) {
    options.signal?.throwIfAborted();
    const key = base + name;
    const path = join(root, key);
    if (!name.endsWith('/')) yield { key, path };
    else if (!delimiter || !key.startsWith(prefix)) {
      let isEmpty = true;
      for await (const entry of walkDirectory(root, key, options)) {
        isEmpty = false;
        yield entry;
      }
      if (isEmpty && FILE_EXTENSION.test(name.slice(0, -1))) onUnusable?.({ key: key.slice(0, -1), why: 'not_a_file' });
    }
    // A folder is listed only if it contains a key that the listing would return.
    else if (
      startAfter.startsWith(key)
        ? await yieldsAny(walkDirectory(root, key, options))
        : await containsFile(root, key, onUnusable !== undefined)
    )
      yield { prefix: key };
  }
}

/** The names to visit in a directory, sorted; names of subdirectories end with a slash. */
async function readNames(root: string, base: string, options: WalkOptions): Promise<string[]> {
  const { prefix, startAfter, signal, onUnusable } = options;
  const names: string[] = [];
  try {
    for await (const entry of entriesOf(root, base)) {
      signal?.throwIfAborted();
      const found = await classify(root, base, entry);
      if (found === undefined) continue;
      const key = base + found.name;
      const folder = found.name.endsWith('/');
      const wanted = key.startsWith(prefix) || (folder && prefix.startsWith(key));
      if (!wanted || !(compareKeys(key, startAfter) > 0 || (folder && startAfter.startsWith(key)))) continue;
      if (found.why === undefined) names.push(found.name);
      else if (onUnusable !== undefined) onUnusable({ key, why: found.why });
      else if (found.error !== undefined) throw found.error;
    }
  } catch (error) {
    // If the root itself cannot be read, the listing fails: nothing is known about its contents.
    const why = base === '' || onUnusable === undefined ? undefined : unusableReasonOf(error);
    if (why === undefined) throw error;
    onUnusable?.({ key: base, why });
  }
  return names.sort(compareKeys);
}

async function* entriesOf(root: string, base: string): AsyncGenerator<Dirent> {
  const path = join(root, base);
  try {
    yield* await opendir(path, { bufferSize: 256 });
  } catch (error) {
    if (!isMissing(error)) throw fileError(error, path);
  }
}

/** A classified directory entry. */
interface ClassifiedEntry {
  /** `name` for a file, `name/` for a directory. */
  name: string;
  /** Why it cannot be listed. */
  why?: UnusableReason;
  /** The error to throw if there is no callback; absent if the entry contains nothing and can be skipped. */
  error?: unknown;
}

/**
 * Returns `undefined` for entries that are not part of the store. Opens nothing: opening a pipe would block until its other end
 * is opened.
 */
async function classify(root: string, base: string, entry: Dirent): Promise<ClassifiedEntry | undefined> {
  const { name } = entry;
  if (isTemporaryName(name) || (base === '' && name === METADATA_DIRECTORY)) return undefined;
  const path = join(root, base, name);
  const folder = `${name}/`;
  if (name.includes('\uFFFD') && !(await canBeNamed(path))) {
    return { name: entry.isDirectory() ? folder : name, why: 'bad_name', error: notUtf8(path) };
  }
  if (entry.isFile()) return { name };
  if (entry.isDirectory()) return { name: folder };
  try {
    // A symbolic link, or a file system that does not report entry types: one more call per entry.
    const target = await stat(path);
    if (target.isFile()) return { name };
    if (!target.isDirectory()) return { name, why: 'not_a_file' };
    if (!entry.isSymbolicLink() || !(await isCycle(join(root, base), path))) return { name: folder };
    const error = new UserMistake(
      `The symbolic link ${printable(path)} points to one of its parent directories.`,
      'Remove the link.',
    );
    return { name: folder, why: 'broken_link', error };
  } catch (error) {
    // A dangling link, or an entry deleted in the meantime.
    if (isMissing(error)) return entry.isSymbolicLink() ? { name, why: 'broken_link' } : undefined;
    const ours = fileError(error, path);
    const why = unusableReasonOf(ours);
    if (why === undefined) throw ours;
    return { name, why, error: ours };
  }
}

/** Maps an error of the port to the reason why the entry is unusable; `undefined` for transient errors and defects. */
export function unusableReasonOf(error: unknown): UnusableReason | undefined {
  if (error instanceof StorageAccessDenied) return 'unreadable';
  const code = error instanceof UserMistake ? systemCodeOf(error.cause) : undefined;
  return code === 'ELOOP' ? 'broken_link' : code === 'ENAMETOOLONG' ? 'bad_name' : undefined;
}

/** Node replaces bytes that are not valid UTF-8 with U+FFFD; such a name cannot be opened. */
async function canBeNamed(path: string): Promise<boolean> {
  const error = await lstat(path).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return systemCodeOf(error) !== 'ENOENT';
}

function notUtf8(path: string): UserMistake {
  return new UserMistake(
    `A file name is not valid UTF-8: ${printable(path)}`,
    'Rename the file, or move it out of the directory.',
  );
}

async function isCycle(directory: string, link: string): Promise<boolean> {
  const [from, to] = await Promise.all([realpath(directory), realpath(link)]);
  return from === to || `${from}${sep}`.startsWith(to.endsWith(sep) ? to : `${to}${sep}`);
}

async function yieldsAny(entries: AsyncGenerator<WalkEntry>): Promise<boolean> {
  for await (const _ of entries) return true;
  return false;
}

/**
 * Whether a folder contains any file; stops at the first, so that a folder with a million files costs one read. With
 * `countUnusable`, unusable entries count too, so that the caller visits their folder and reports them.
 */
async function containsFile(root: string, base: string, countUnusable: boolean): Promise<boolean> {
  const folders: string[] = [];
  try {
    for await (const entry of entriesOf(root, base)) {
      const found = await classify(root, base, entry);
      if (found === undefined) continue;
      if (found.why !== undefined) {
        if (countUnusable) return true;
        if (found.error !== undefined) throw found.error;
      } else if (found.name.endsWith('/')) folders.push(base + found.name);
      else return true;
    }
  } catch (error) {
    if (countUnusable && unusableReasonOf(error) !== undefined) return true;
    throw error;
  }
  for (const folder of folders) if (await containsFile(root, folder, countUnusable)) return true;
  return false;
}
