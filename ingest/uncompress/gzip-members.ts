/** What a gzip file has besides the content of its first member (RFC 1952, sections 2.2 and 2.3). */
import * as zlib from 'node:zlib';

const MAGIC = Buffer.from([0x1f, 0x8b, 0x08]);
const HEADER = 10;
const TRAILER = 8;
const FLAG = { checksum: 2, extra: 4, name: 8, comment: 16 };

/** A member can be as small as 20 bytes, and counting one takes about 10 µs. */
export const MAX_COUNTED = 10_000;

/**
 * Counts the members of a valid gzip file, up to {@link MAX_COUNTED} + 1. If the magic bytes occur only once, as in nearly
 * all files, nothing is decompressed.
 */
export function gzipMembers(body: Uint8Array, maxBytes: number): number {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (bytes.indexOf(MAGIC, 1) < 0) return 1;
  let members = 0;
  for (let at = 0; at < bytes.length && members <= MAX_COUNTED; members++) at = endOfMember(bytes, at, maxBytes);
  return members;
}

/** Bytes of the longest file name: gzip writes the name of the file that it compressed into the header. */
const LONGEST_NAME = 255;

/**
 * Returns how many bytes the header of a valid gzip file can hide: an extra field, a comment, or a name that no file has.
 * CloudTrail writes none of them.
 */
export function hiddenInHeader(body: Uint8Array): number {
  const { extra, name, comment } = headerOf(Buffer.from(body.buffer, body.byteOffset, body.byteLength), 0);
  return extra + comment + (name > LONGEST_NAME ? name : 0);
}

/** The bytes of the optional parts of a member's header, and where it ends. */
function headerOf(bytes: Buffer, start: number): { extra: number; name: number; comment: number; end: number } {
  const flags = bytes[start + 3];
  let end = start + HEADER;
  const extra = flags & FLAG.extra ? bytes.readUInt16LE(end) : 0;
  if (flags & FLAG.extra) end += 2 + extra;
  const text = (flag: number): number => {
    if (!(flags & flag)) return 0;
    const from = end;
    end = bytes.indexOf(0, from) + 1;
    return end - 1 - from;
  };
  const [name, comment] = [text(FLAG.name), text(FLAG.comment)];
  if (flags & FLAG.checksum) end += 2;
  return { extra, name, comment, end };
}

function endOfMember(bytes: Buffer, start: number, maxBytes: number): number {
  const at = headerOf(bytes, start).end;
  const { engine } = zlib.inflateRawSync(bytes.subarray(at), {
    maxOutputLength: maxBytes,
    info: true,
  }) as unknown as { engine: { bytesWritten: number } };
  return at + engine.bytesWritten + TRAILER;
}
