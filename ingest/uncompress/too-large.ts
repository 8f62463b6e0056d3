/** The error for files beyond the size limit. */
import { UnreadableFile } from '../../errors/index.js';

/** Returns the error for a file that is larger than the limit. */
export function tooLarge(maxBytes: number): UnreadableFile {
  return new UnreadableFile(
    'too_large',
    `Larger than ${maxBytes} bytes when uncompressed (setting ingest.max_file_size).`,
  );
}
