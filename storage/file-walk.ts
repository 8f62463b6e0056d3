/**
 * A directory tree as S3 would list it: in the order of whole keys. Within a directory, a subdirectory sorts as its name
 * with a slash (`a.b` < `a/…` < `a0`), and then depth first is key order. Memory: the names of the directories on the
 * way down, never of the tree.
 */
import type { Dirent } from 'node:fs';
import { opendir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { UserMistake } from '../errors/index.js';
import { codeOf, fileError, isMissing } from './file-errors.js';
import { compareKeys, isTemporaryName, METADATA_DIRECTORY } from './keys.js';

/** A key, or with a delimiter the common prefix of some; a prefix ends with a slash. */
export type WalkEntry = { key: string; path: string } | { prefix: string };

export interface WalkOptions {
  prefix: string;
  startAfter: string;
  delimiter: boolean;
  signal?: AbortSignal;
}

/** All entries below `root`, in key order. A directory that is not there is empty. */
export async function* walk(root: string, options: WalkOptions): AsyncGenerator<WalkEntry> {
  const start = options.prefix.slice(0, options.prefix.lastIndexOf('/') + 1);
  // `a//b` and a leading slash name nothing here, though the operating system would follow them.
  if (start.split('/').slice(0, -1).includes('') || start.startsWith(`${METADATA_DIRECTORY}/`)) return;
  yield* walkDirectory(root, start, options);
}

async function* walkDirectory(root: string, base: string, options: WalkOptions): AsyncGenerator<WalkEntry> {
  const { prefix, startAfter, delimiter } = options;
  for (const name of await readNames(root, base, options)) {
    options.signal?.throwIfAborted();
    const key = base + name;
    const path = join(root, key);
    if (!name.endsWith('/')) yield { key, path };
    else if (!delimiter || !key.startsWith(prefix)) yield* walkDirectory(root, key, options);
    // A folder counts when it holds a key that the listing would show.
    else if (
      startAfter.startsWith(key) ? await holdsAny(walkDirectory(root, key, options)) : await holdsFile(root, key)
    )
      yield { prefix: key };
  }
}

/** The names to visit in one directory, sorted; those of subdirectories end with a slash. */
async function readNames(root: string, base: string, { prefix, startAfter, signal }: WalkOptions): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of entriesOf(root, base)) {
    signal?.throwIfAborted();
    const name = await visibleName(root, base, entry);
    if (name === undefined) continue;
    const key = base + name;
    const folder = name.endsWith('/');
    const wanted = key.startsWith(prefix) || (folder && prefix.startsWith(key));
    if (wanted && (compareKeys(key, startAfter) > 0 || (folder && startAfter.startsWith(key)))) names.push(name);
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

/** `name` for a file, `name/` for a directory, `undefined` for what is no part of a listing. */
async function visibleName(root: string, base: string, entry: Dirent): Promise<string | undefined> {
  const { name } = entry;
  if (isTemporaryName(name) || (base === '' && name === METADATA_DIRECTORY)) return undefined;
  const path = join(root, base, name);
  if (name.includes('\uFFFD')) await assertUnicodeName(path);
  if (entry.isFile()) return name;
  if (entry.isDirectory()) return `${name}/`;
  // A symbolic link, or a file system that does not tell types: one more call per entry.
  const target = await stat(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined; // A link to nothing, or deleted since.
    throw fileError(error, path);
  });
  if (target?.isFile()) return name;
  if (!target?.isDirectory()) return undefined;
  if (entry.isSymbolicLink()) await assertNoLoop(join(root, base), path);
  return `${name}/`;
}

/** Node shows U+FFFD for bytes that are not UTF-8; such a name cannot be opened again, and must not be left out unseen. */
async function assertUnicodeName(path: string): Promise<void> {
  const error = await stat(path).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (codeOf(error) === 'ENOENT') {
    throw new UserMistake(
      `A file name is not valid UTF-8: ${path}`,
      'Rename the file, or move it out of the directory.',
    );
  }
}

async function assertNoLoop(directory: string, link: string): Promise<void> {
  const [from, to] = await Promise.all([realpath(directory), realpath(link)]);
  if (from === to || `${from}${sep}`.startsWith(to.endsWith(sep) ? to : `${to}${sep}`)) {
    throw new UserMistake(`The link ${link} leads back to a directory above it.`, 'Remove the link.');
  }
}

async function holdsAny(entries: AsyncGenerator<WalkEntry>): Promise<boolean> {
  for await (const _ of entries) return true;
  return false;
}

/** Whether there is any file below; stops at the first, so that a folder of a million costs one read. */
async function holdsFile(root: string, base: string): Promise<boolean> {
  const folders: string[] = [];
  for await (const entry of entriesOf(root, base)) {
    const name = await visibleName(root, base, entry);
    if (name?.endsWith('/')) folders.push(base + name);
    else if (name !== undefined) return true;
  }
  for (const folder of folders) if (await holdsFile(root, folder)) return true;
  return false;
}
