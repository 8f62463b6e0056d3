/** Makes a directory with the ones above it. */
import { lstat, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StorageUnavailable, systemCodeOf, UserMistake } from '../errors/index.js';
import { printable } from '../text/printable.js';

/**
 * The first directory that was not there before, `undefined` where all were. Errors are those of the system, `UserMistake` for a
 * file system that takes no directories, or `StorageUnavailable` for a symbolic link to nothing, as to a disk that is not mounted.
 * Node's own `mkdir` with `recursive` never ends on such a one (/proc).
 */
export async function makeDirectories(path: string): Promise<string | undefined> {
  const made = await makeOne(path);
  if (made !== 'no parent') return made === 'made' ? path : undefined;
  const parent = dirname(path);
  const first = parent === path ? undefined : await makeDirectories(parent);
  const again = await makeOne(path);
  if (again === 'no parent') {
    throw new UserMistake(
      `The directory ${printable(path)} cannot be made, although the one above it is there: its file system takes no directories.`,
      'Give a directory on a disk.',
    );
  }
  return first ?? (again === 'made' ? path : undefined);
}

async function makeOne(path: string): Promise<'made' | 'there' | 'no parent'> {
  try {
    await mkdir(path);
    return 'made';
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return 'no parent';
    // Also where a read-only file system says something else than that it is there.
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) return 'there';
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
