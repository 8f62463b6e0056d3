/** Makes a directory with the ones above it. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserMistake } from '../errors/index.js';
import { printable } from '../workflows/printable.js';
import { codeOf } from './file-errors.js';

/**
 * The first directory that was not there before, `undefined` where all were. Errors are those of the system, or `UserMistake` for a
 * file system that takes no directories. Node's own `mkdir` with `recursive` never ends on such a one (/proc).
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
    if (codeOf(error) === 'ENOENT') return 'no parent';
    // Also where a read-only file system says something else than that it is there.
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) return 'there';
    throw error;
  }
}
