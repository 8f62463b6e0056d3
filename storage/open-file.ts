/** Opens regular files only: opening a pipe would block until its other end is opened, and a device may return data forever. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Opens a file for reading. Throws a system error; for anything but a regular file, one with the code EISDIR. */
export async function openFile(path: string): Promise<FileHandle> {
  // O_NONBLOCK keeps `open` from blocking on a pipe and has no effect on regular files. Windows does not have it.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((error: unknown) => {
    // ENXIO: a socket; ENODEV: a device without a driver.
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'ENXIO' || code === 'ENODEV' ? notAFile(path) : error;
  });
  try {
    if ((await file.stat()).isFile()) return file;
    throw notAFile(path);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The error that the system reports for a directory; used for other non-files too. */
export function notAFile(path: string): Error {
  return Object.assign(new Error(`EISDIR: ${path} is not a regular file`), { code: 'EISDIR' });
}
