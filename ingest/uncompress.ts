/** Stored bytes → the file's text, within a limit: what a decompression bomb costs is bounded. */
import { gunzipSync } from 'node:zlib';
import { UnreadableFile } from '../errors/index.js';

/** Gzip by its magic bytes, whatever the name says; anything else is taken as plain text. */
export function uncompress(body: Uint8Array, maxBytes: number): Uint8Array {
  if (body[0] !== 0x1f || body[1] !== 0x8b) {
    if (body.length > maxBytes) throw tooLarge(maxBytes);
    return body;
  }
  try {
    return gunzipSync(body, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
    throw new UnreadableFile('corrupt_gzip', `Not a readable gzip file: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

function tooLarge(maxBytes: number): UnreadableFile {
  return new UnreadableFile(
    'too_large',
    `Larger than ${maxBytes} bytes when uncompressed (setting ingest.max_file_bytes).`,
  );
}
