/** Stored bytes → the file's text, within a limit: what a decompression bomb costs is bounded. */
import * as zlib from 'node:zlib';
import { UnreadableFile } from '../errors/index.js';
import { gzipMembers, MOST_COUNTED } from './gzip-members.js';
import { tooLarge } from './too-large.js';
import { isZstd, unzstd } from './zstd.js';

/** Header and trailer of a gzip member, bytes. */
const SMALLEST_GZIP = 18;

/** Of the pieces that zlib hands out when it does not know better, bytes. */
const CHUNK = 16 << 10;

export interface Uncompressed {
  bytes: Uint8Array;
  /** What whoever checks a digest must know, for the ledger's `notes`. */
  note?: string;
}

/** Gzip and zstd by their magic bytes, whatever the name says; anything else is taken as plain text. */
export function uncompress(body: Uint8Array, maxBytes: number): Uncompressed {
  if (body.length === 0) throw new UnreadableFile('empty_file', 'The object has no bytes.');
  if (isGzip(body)) return gunzip(body, maxBytes);
  if (isZstd(body)) return { bytes: unzstd(body, maxBytes) };
  if (body.length > maxBytes) throw tooLarge(maxBytes);
  return { bytes: body };
}

/**
 * The size that a stored file says it has unzipped, without looking; `undefined` where that is not known. It may be wrong:
 * gzip has the size of its last member, modulo 4 GiB (RFC 1952, 2.3.1).
 */
export function unzippedSize(body: Uint8Array): number | undefined {
  if (isGzip(body)) {
    if (body.length < SMALLEST_GZIP) return undefined;
    return new DataView(body.buffer, body.byteOffset + body.length - 4, 4).getUint32(0, true);
  }
  return isZstd(body) ? undefined : body.length;
}

function isGzip(body: Uint8Array): boolean {
  return body[0] === 0x1f && body[1] === 0x8b;
}

/** Several members are one file. Anything else behind the last one is refused: a reader that stops early would not see it. */
function gunzip(body: Uint8Array, maxBytes: number): Uncompressed {
  try {
    // In one piece, if it says right how large it is: joining pieces takes as much memory again.
    const chunkSize = Math.max(CHUNK, Math.min(unzippedSize(body) ?? 0, maxBytes) + 1);
    const options = { maxOutputLength: maxBytes, chunkSize, info: true };
    // The types do not know of `info`.
    const { buffer, engine } = zlib.gunzipSync(body, options) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    if (engine.bytesWritten !== body.length)
      throw new UnreadableFile('corrupt_gzip', behindTheEnd(body.subarray(engine.bytesWritten)));
    const members = gzipMembers(body, maxBytes);
    if (members === 1) return { bytes: buffer };
    const count = members > MOST_COUNTED ? `more than ${MOST_COUNTED}` : members;
    return {
      bytes: buffer,
      note: `trailing_members: ${count} gzip members; CloudTrail writes one, and some readers see only the first.`,
    };
  } catch (error) {
    if (error instanceof UnreadableFile) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
    throw new UnreadableFile('corrupt_gzip', notReadable(body, error as NodeJS.ErrnoException), { cause: error });
  }
}

function behindTheEnd(tail: Uint8Array): string {
  const zeros = tail.every((byte) => byte === 0) ? ', all of them zero' : '';
  return `There are ${tail.length} bytes behind the end of the gzip stream${zeros}.`;
}

function notReadable(body: Uint8Array, { code, message }: NodeJS.ErrnoException): string {
  const what = `Not a readable gzip file: ${message}.`;
  const cure = 'Copy it again from the bucket.';
  if (code === 'Z_BUF_ERROR') return `${what} It ends too early: it is a partial copy. ${cure}`;
  let zeros = 0;
  while (zeros < body.length && body[body.length - 1 - zeros] === 0) zeros++;
  // The trailer of a whole file ends with its length, which has two zero bytes at the most below 16 MiB.
  if (zeros > 64)
    return `${what} Its last ${zeros} bytes are zero: a copy that reserved the space and did not finish. ${cure}`;
  return what;
}
