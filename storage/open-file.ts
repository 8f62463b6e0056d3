/** Opens regular files only: opening a pipe would block until its other end is opened, and a device may return data forever. */
import { closeSync, constants, fstatSync, openSync, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** O_NONBLOCK keeps `open` from blocking on a pipe and has no effect on regular files. Windows does not have it. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Opens a file for reading. Throws a system error; for anything but a regular file, one with the code EISDIR. */
export async function openFile(path: string): Promise<FileHandle> {
  const file = await open(path, FLAGS).catch((error: unknown) => {
    throw openError(path, error);
  });
  try {
    if ((await file.stat()).isFile()) return file;
    throw notAFile(path);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Like {@link openFile}, but blocks the thread. Returns the file's descriptor and attributes. */
export function openFileSync(path: string): { file: number; stats: Stats } {
  let file: number;
  try {
    file = openSync(path, FLAGS);
  } catch (error) {
    throw openError(path, error);
  }
  try {
    const stats = fstatSync(file);
    if (stats.isFile()) return { file, stats };
    throw notAFile(path);
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function openError(path: string, error: unknown): unknown {
  // ENXIO: a socket; ENODEV: a device without a driver.
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENXIO' || code === 'ENODEV' ? notAFile(path) : error;
}

/** The error that the system reports for a directory; used for other non-files too. */
export function notAFile(path: string): Error {
  return Object.assign(new Error(`EISDIR: ${path} is not a regular file`), { code: 'EISDIR' });
}
