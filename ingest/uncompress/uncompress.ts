/** Uncompresses stored files up to a size limit, which bounds the cost of decompression bombs. */
import * as zlib from 'node:zlib';
import { UnreadableFile } from '../../errors/index.js';
import { counted } from '../../text/numbers.js';
import { gzipMembers, hiddenInHeader, MAX_COUNTED } from './gzip-members.js';
import { tooLarge } from './too-large.js';
import { isZstd, unzstd, zstdFrames } from './zstd.js';

/** Bytes of a gzip member's header and trailer. */
const SMALLEST_GZIP = 18;

/** zlib's default chunk size, bytes. */
const DEFAULT_CHUNK = 16 << 10;

/** The uncompressed bytes of a file. */
export interface Uncompressed {
  bytes: Uint8Array;
  /**
   * For the ledger's `notes`: what the file has besides one compressed stream. A validator of digests hashes the content of that
   * stream, and does not see the rest.
   */
  note?: string;
}

/**
 * Uncompresses gzip and zstd, which are recognized by their magic bytes, not by the file name. Anything else is returned as it
 * is. Throws `UnreadableFile`.
 */
export function uncompress(body: Uint8Array, maxBytes: number): Uncompressed {
  if (body.length === 0) throw new UnreadableFile('empty_file', 'The object is empty.');
  if (isGzip(body)) return gunzip(body, maxBytes);
  if (isZstd(body)) return noted(unzstd(body, maxBytes), zstdNotes(body));
  if (body.length > maxBytes) throw tooLarge(maxBytes);
  return { bytes: body };
}

/**
 * Returns the uncompressed size that a stored file declares; `undefined` if it does not. It may be wrong: gzip declares the
 * size of the last member, modulo 4 GiB (RFC 1952, 2.3.1).
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

/** Joins several members. Rejects other data after the last member, which some readers would not see. */
function gunzip(body: Uint8Array, maxBytes: number): Uncompressed {
  try {
    // A single chunk if the declared size is correct: joining chunks would take twice the memory.
    const chunkSize = Math.max(DEFAULT_CHUNK, Math.min(unzippedSize(body) ?? 0, maxBytes) + 1);
    const options = { maxOutputLength: maxBytes, chunkSize, info: true };
    // The types lack the `info` option.
    const { buffer, engine } = zlib.gunzipSync(body, options) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    if (engine.bytesWritten !== body.length)
      throw new UnreadableFile('corrupt_gzip', trailingBytes(body.subarray(engine.bytesWritten)));
    return noted(buffer, gzipNotes(body, maxBytes));
  } catch (error) {
    if (error instanceof UnreadableFile) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
    throw new UnreadableFile('corrupt_gzip', notReadable(body, error as NodeJS.ErrnoException), { cause: error });
  }
}

function noted(bytes: Uint8Array, notes: readonly string[]): Uncompressed {
  return notes.length === 0 ? { bytes } : { bytes, note: notes.join(' ') };
}

function gzipNotes(body: Uint8Array, maxBytes: number): string[] {
  const members = gzipMembers(body, maxBytes);
  const count = members > MAX_COUNTED ? `more than ${MAX_COUNTED}` : members;
  return [...(members > 1 ? [severalNote(`${count} gzip members`)] : []), ...hiddenNote(hiddenInHeader(body), HEADER)];
}

function zstdNotes(body: Uint8Array): string[] {
  const { frames = 1, skippedBytes = 0 } = zstdFrames(body) ?? {};
  return [...(frames > 1 ? [severalNote(`${frames} zstd frames`)] : []), ...hiddenNote(skippedBytes, SKIPPABLE)];
}

const HEADER = 'the gzip header';
const SKIPPABLE = 'skippable zstd frames';

const severalNote = (count: string): string =>
  `trailing_members: ${count}; CloudTrail writes one, and some readers only see the first.`;

const hiddenNote = (bytes: number, where: string): string[] =>
  bytes === 0 ? [] : [`hidden_bytes: ${counted(bytes, 'byte')} in ${where}; no reader sees them.`];

function trailingBytes(tail: Uint8Array): string {
  const zeros = tail.every((byte) => byte === 0) ? ', all of them zero' : '';
  return `There are ${tail.length} bytes after the end of the gzip stream${zeros}.`;
}

function notReadable(body: Uint8Array, { code, message }: NodeJS.ErrnoException): string {
  const what = `Not a readable gzip file: ${message}.`;
  const cure = 'Copy it again from the bucket.';
  if (code === 'Z_BUF_ERROR') return `${what} It is truncated, probably a partial copy. ${cure}`;
  let zeros = 0;
  while (zeros < body.length && body[body.length - 1 - zeros] === 0) zeros++;
  // The trailer of a complete file ends with its length, which has at most two zero bytes below 16 MiB.
  if (zeros > 64)
    return `${what} Its last ${zeros} bytes are zero: an unfinished copy into preallocated space. ${cure}`;
  return what;
}
