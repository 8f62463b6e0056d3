/** Counts the gzip members of a file (RFC 1952, section 2.2). */
import * as zlib from 'node:zlib';

const MAGIC = Buffer.from([0x1f, 0x8b, 0x08]);
const HEADER = 10;
const TRAILER = 8;
const FLAG = { checksum: 2, extra: 4, name: 8, comment: 16 };

/** A member can be as small as 20 bytes, and counting one takes some 10 µs. */
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

function endOfMember(bytes: Buffer, start: number, maxBytes: number): number {
  const flags = bytes[start + 3];
  let at = start + HEADER;
  if (flags & FLAG.extra) at += 2 + bytes.readUInt16LE(at);
  if (flags & FLAG.name) at = bytes.indexOf(0, at) + 1;
  if (flags & FLAG.comment) at = bytes.indexOf(0, at) + 1;
  if (flags & FLAG.checksum) at += 2;
  const { engine } = zlib.inflateRawSync(bytes.subarray(at), {
    maxOutputLength: maxBytes,
    info: true,
  }) as unknown as { engine: { bytesWritten: number } };
  return at + engine.bytesWritten + TRAILER;
}
