/**
 * Zstandard (RFC 8878). Node supports it since 22.15. Earlier versions use fzstd, which does not verify checksums; that is
 * acceptable because the content is JSON and digests contain hashes of it.
 */
import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import { UnreadableFile } from '../../errors/index.js';
import { tooLarge } from './too-large.js';

const MAGIC = 0xfd2fb528;
/** The default window limit of zstd (`ZSTD_WINDOWLOG_LIMIT_DEFAULT`). */
const MAX_WINDOW = 1 << 27;

type Native = (body: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;
const native = (zlib as unknown as { zstdDecompressSync?: Native }).zstdDecompressSync;

/** True if the file starts with the magic number of a zstd frame (RFC 8878, 3.1.1). */
export function isZstd(body: Uint8Array): boolean {
  return body.length >= 4 && viewOf(body).getUint32(0, true) === MAGIC;
}

/** Uncompresses all frames of a file. Throws `UnreadableFile` if it is not valid or larger than `maxBytes`. */
export function unzstd(body: Uint8Array, maxBytes: number, decompress: Native = native ?? inJavaScript): Uint8Array {
  try {
    const bytes = decompress(body, { maxOutputLength: maxBytes });
    // Node returns the part of a truncated frame without an error.
    if (zstdFrames(body) === undefined) throw new Error('it ends in the middle of a frame');
    return bytes;
  } catch (error) {
    if (error instanceof UnreadableFile) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
    throw new UnreadableFile('corrupt_zstd', `Not a readable zstd file: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

/** Uncompresses with fzstd, block by block, so that a decompression bomb is detected early. Throws `UnreadableFile`. */
export function inJavaScript(body: Uint8Array, { maxOutputLength }: { maxOutputLength: number }): Uint8Array {
  if (windowOf(body) > Math.max(MAX_WINDOW, maxOutputLength)) throw tooLarge(maxOutputLength);
  const blocks: Uint8Array[] = [];
  let total = 0;
  const stream = new Decompress((block) => {
    total += block.length;
    if (total > maxOutputLength) throw tooLarge(maxOutputLength);
    // The block is a view of the window, which is overwritten later.
    blocks.push(Uint8Array.from(block));
  });
  stream.push(body, true);
  return Buffer.concat(blocks);
}

/** What a file consists of: the frames with content, and the bytes of skippable frames, with their headers. */
export interface ZstdFrames {
  frames: number;
  skippedBytes: number;
}

/**
 * Counts the frames, using only the sizes of headers and blocks (RFC 8878, section 3.1); `undefined` if the last one is not
 * complete.
 */
export function zstdFrames(body: Uint8Array): ZstdFrames | undefined {
  const view = viewOf(body);
  const found: ZstdFrames = { frames: 0, skippedBytes: 0 };
  let at = 0;
  while (at + 8 <= body.length) {
    // Skippable frames have one of sixteen magic numbers, followed by their size.
    const magic = view.getUint32(at, true);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) {
      const bytes = 8 + view.getUint32(at + 4, true);
      found.skippedBytes += bytes;
      at += bytes;
      continue;
    }
    const end = magic === MAGIC ? endOfFrame(view, at) : undefined;
    if (end === undefined) return undefined;
    found.frames++;
    at = end;
  }
  return at === body.length ? found : undefined;
}

const SKIPPABLE = 0x184d2a50;

function endOfFrame(view: DataView, start: number): number | undefined {
  const descriptor = view.getUint8(start + 4);
  const single = (descriptor & 0x20) !== 0;
  const contentSize = [single ? 1 : 0, 2, 4, 8][descriptor >> 6];
  let at = start + 5 + (single ? 0 : 1) + [0, 1, 2, 4][descriptor & 3] + contentSize;
  for (;;) {
    if (at + 3 > view.byteLength) return undefined;
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    // A run of one byte is stored as that byte.
    at += 3 + (((header >> 1) & 3) === 1 ? 1 : header >> 3);
    if (header & 1) break;
  }
  return at + (descriptor & 4 ? 4 : 0);
}

/** Returns the window size of the first frame in bytes (RFC 8878, section 3.1.1.1.2). */
function windowOf(body: Uint8Array): number {
  const descriptor = body[4];
  if (descriptor & 0x20) {
    // A single segment: the window size is the content size, which follows the dictionary id in 1, 2, 4 or 8 bytes.
    const at = 5 + [0, 1, 2, 4][descriptor & 3];
    const view = viewOf(body);
    if (descriptor >> 6 === 2) return view.getUint32(at, true);
    return descriptor >> 6 === 3 ? Number(view.getBigUint64(at, true)) : 0;
  }
  const window = body[5];
  return 2 ** (10 + (window >> 3)) * (1 + (window & 7) / 8);
}

function viewOf(body: Uint8Array): DataView {
  return new DataView(body.buffer, body.byteOffset, body.byteLength);
}
