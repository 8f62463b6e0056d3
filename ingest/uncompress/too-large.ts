import { UnreadableFile } from '../../errors/index.js';

/** What a file is refused with when it is larger than the limit, or would be. */
export function tooLarge(maxBytes: number): UnreadableFile {
  return new UnreadableFile(
    'too_large',
    `Larger than ${maxBytes} bytes when uncompressed (setting ingest.max_file_size).`,
  );
}
