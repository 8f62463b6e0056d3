/** Opens files, and nothing but files: to open a pipe would wait for its other end, and a device may answer for ever. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** For reading. Throws a system error; for what is no regular file one that says that there is no such file. */
export async function openFile(path: string): Promise<FileHandle> {
  // Of a pipe it does not wait; for a regular file it means nothing. Windows has no such flag.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((error: unknown) => {
    // A socket, or a device without a driver.
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

/** As the system says it of a directory, which is treated alike. */
export function notAFile(path: string): Error {
  return Object.assign(new Error(`EISDIR: ${path} is not a regular file`), { code: 'EISDIR' });
}
