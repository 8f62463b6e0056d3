/** The limit of a file's size, and the error for files beyond it. */
import { UnreadableFile } from '../../errors/index.js';

/** Maximum bytes that Node reads from a file at once: https://nodejs.org/api/errors.html#err_fs_file_too_large */
const MAX_READ = 2 ** 31 - 1;

/**
 * Maximum stored bytes of a file at the size limit: incompressible data becomes slightly larger (gzip: 5 bytes for each block
 * of 16 KiB or more; zstd: 3 bytes for each block of up to 128 KiB). Larger files cannot be valid, so they are not read.
 */
export function largestStored(maxFileBytes: number): number {
  return Math.min(maxFileBytes + maxFileBytes / 256 + 1024, MAX_READ);
}

/** Returns the error for a file that is larger than the limit. */
export function tooLarge(maxBytes: number): UnreadableFile {
  return new UnreadableFile(
    'too_large',
    `Larger than ${maxBytes} bytes when uncompressed (setting ingest.max_file_size).`,
  );
}
