/** Creates a directory and its parents. */
import { lstat, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StorageUnavailable, systemCodeOf, UserMistake } from '../errors/index.js';
import { printable } from '../text/printable.js';

/**
 * Creates a directory and its missing parents. Returns the topmost directory that was created, or `undefined` if all existed.
 * Throws system errors, `UserMistake` for a file system that does not support creating directories, or `StorageUnavailable` for a
 * broken symbolic link, such as a link to a disk that is not mounted. Node's own recursive `mkdir` never returns on a file system
 * like /proc.
 */
export async function makeDirectories(path: string): Promise<string | undefined> {
  const made = await makeOne(path);
  if (made !== 'no parent') return made === 'created' ? path : undefined;
  const parent = dirname(path);
  const first = parent === path ? undefined : await makeDirectories(parent);
  const again = await makeOne(path);
  if (again === 'no parent') {
    // Throws ENOENT if another process has removed the parent again.
    await stat(parent);
    throw new UserMistake(
      `The directory ${printable(path)} cannot be created although its parent exists: the file system does not support it.`,
      'Choose a directory on a disk.',
    );
  }
  return first ?? (again === 'created' ? path : undefined);
}

async function makeOne(path: string): Promise<'created' | 'exists' | 'no parent'> {
  try {
    await mkdir(path);
    return 'created';
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return 'no parent';
    // Not only EEXIST: a read-only file system reports another code for an existing directory.
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) return 'exists';
    if (found === undefined && (await isLink(path))) {
      throw new StorageUnavailable(
        `${printable(path)} is a symbolic link to a place that does not exist.`,
        'Mount the disk that it leads to, or remove the link.',
        { cause: error },
      );
    }
    throw error;
  }
}

async function isLink(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isSymbolicLink() ?? false;
}
