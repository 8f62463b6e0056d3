/**
 * A directory tree as S3 would list it: in the order of whole keys. Within a directory, a subdirectory sorts as its name
 * with a slash (`a.b` < `a/…` < `a0`), and then depth first is key order. Memory: the names of the directories on the
 * way down, never of the tree.
 */
import type { Dirent } from 'node:fs';
import { lstat, opendir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { StorageAccessDenied, systemCodeOf, UserMistake } from '../errors/index.js';
import { printable } from '../text/printable.js';
import { fileError, isMissing } from './file-errors.js';
import { compareKeys, isTemporaryName, METADATA_DIRECTORY } from './keys.js';
import type { OddEntry, OddWhy } from './object-store.js';

/** A key, or with a delimiter the common prefix of some; a prefix ends with a slash. */
export type WalkEntry = { key: string; path: string } | { prefix: string };

/** What a walk through a directory returns. */
export interface WalkOptions {
  prefix: string;
  startAfter: string;
  delimiter: boolean;
  signal?: AbortSignal;
  /** As in `ListOptions`. */
  onOdd?: (entry: OddEntry) => void;
}

/** All entries below `root`, in key order. A directory that is not there is empty. */
export async function* walk(root: string, options: WalkOptions): AsyncGenerator<WalkEntry> {
  const start = options.prefix.slice(0, options.prefix.lastIndexOf('/') + 1);
  // `a//b` and a leading slash name nothing here, though the operating system would follow them.
  if (start.split('/').slice(0, -1).includes('') || start.startsWith(`${METADATA_DIRECTORY}/`)) return;
  yield* walkDirectory(root, start, options);
}

/** A directory that is called so was meant to be a file. */
const LIKE_A_FILE = /\.(json|gz|gzip|zst|zstd)$/i;

async function* walkDirectory(root: string, base: string, options: WalkOptions): AsyncGenerator<WalkEntry> {
  const { prefix, startAfter, delimiter, onOdd } = options;
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
      if (isEmpty && LIKE_A_FILE.test(name.slice(0, -1))) onOdd?.({ key: key.slice(0, -1), why: 'not_a_file' });
    }
    // A folder counts when it holds a key that the listing would show.
    else if (
      startAfter.startsWith(key)
        ? await holdsAny(walkDirectory(root, key, options))
        : await holdsFile(root, key, onOdd !== undefined)
    )
      yield { prefix: key };
  }
}

/** The names to visit in one directory, sorted; those of subdirectories end with a slash. */
async function readNames(root: string, base: string, options: WalkOptions): Promise<string[]> {
  const { prefix, startAfter, signal, onOdd } = options;
  const names: string[] = [];
  try {
    for await (const entry of entriesOf(root, base)) {
      signal?.throwIfAborted();
      const found = await look(root, base, entry);
      if (found === undefined) continue;
      const key = base + found.name;
      const folder = found.name.endsWith('/');
      const wanted = key.startsWith(prefix) || (folder && prefix.startsWith(key));
      if (!wanted || !(compareKeys(key, startAfter) > 0 || (folder && startAfter.startsWith(key)))) continue;
      if (found.why === undefined) names.push(found.name);
      else if (onOdd !== undefined) onOdd({ key, why: found.why });
      else if (found.error !== undefined) throw found.error;
    }
  } catch (error) {
    // The root itself may not be read: then nothing is known of anything.
    const why = base === '' || onOdd === undefined ? undefined : oddWhyOf(error);
    if (why === undefined) throw error;
    onOdd?.({ key: base, why });
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

/** An entry of a directory. */
interface Found {
  /** `name` for a file, `name/` for a directory. */
  name: string;
  /** Why it is no part of a listing. */
  why?: OddWhy;
  /** The error without a callback; absent where the entry can be skipped because it holds nothing. */
  error?: unknown;
}

/** `undefined` for what does not belong to the store's objects. It opens nothing: a pipe would wait for its other end. */
async function look(root: string, base: string, entry: Dirent): Promise<Found | undefined> {
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
    // A symbolic link, or a file system that does not tell types: one more call per entry.
    const target = await stat(path);
    if (target.isFile()) return { name };
    if (!target.isDirectory()) return { name, why: 'not_a_file' };
    if (!entry.isSymbolicLink() || !(await leadsBack(join(root, base), path))) return { name: folder };
    const error = new UserMistake(
      `The link ${printable(path)} leads back to a directory above it.`,
      'Remove the link.',
    );
    return { name: folder, why: 'broken_link', error };
  } catch (error) {
    // A link to nothing, or deleted since.
    if (isMissing(error)) return entry.isSymbolicLink() ? { name, why: 'broken_link' } : undefined;
    const ours = fileError(error, path);
    const why = oddWhyOf(ours);
    if (why === undefined) throw ours;
    return { name, why, error: ours };
  }
}

/** What an error of the port says of the entry that it is about; `undefined` for transient errors and defects. */
export function oddWhyOf(error: unknown): OddWhy | undefined {
  if (error instanceof StorageAccessDenied) return 'unreadable';
  const code = error instanceof UserMistake ? systemCodeOf(error.cause) : undefined;
  return code === 'ELOOP' ? 'broken_link' : code === 'ENAMETOOLONG' ? 'bad_name' : undefined;
}

/** Node shows U+FFFD for bytes that are not UTF-8; such a name cannot be opened again. */
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

async function leadsBack(directory: string, link: string): Promise<boolean> {
  const [from, to] = await Promise.all([realpath(directory), realpath(link)]);
  return from === to || `${from}${sep}`.startsWith(to.endsWith(sep) ? to : `${to}${sep}`);
}

async function holdsAny(entries: AsyncGenerator<WalkEntry>): Promise<boolean> {
  for await (const _ of entries) return true;
  return false;
}

/**
 * Whether there is any file below; stops at the first, so that a folder of a million costs one read. `odd`: an odd entry counts
 * too, so that whoever is to be told of it comes to its folder.
 */
async function holdsFile(root: string, base: string, odd: boolean): Promise<boolean> {
  const folders: string[] = [];
  try {
    for await (const entry of entriesOf(root, base)) {
      const found = await look(root, base, entry);
      if (found === undefined) continue;
      if (found.why !== undefined) {
        if (odd) return true;
        if (found.error !== undefined) throw found.error;
      } else if (found.name.endsWith('/')) folders.push(base + found.name);
      else return true;
    }
  } catch (error) {
    if (odd && oddWhyOf(error) !== undefined) return true;
    throw error;
  }
  for (const folder of folders) if (await holdsFile(root, folder, odd)) return true;
  return false;
}
