/**
 * Segments of the index: which values the data files of a set have. An object has
 *
 * - 64 bytes: magic, versions, parameters, counts, and a checksum of the header
 * - 12 bytes for each data file: a hash of its path; files are numbered in this order
 * - 8 bytes for each block, and one more: its offset after the header, and its checksum
 * - the blocks: the values whose hash begins with the number of the block
 *
 * A value is the first `width` bits of its hash. In a block, values are in order: each is the Rice code of its distance from
 * the one before, then the number of its file; for several files, the code of 0 comes first, and their count and the distances
 * of their numbers last. Two codes of 0 end a block. So a lookup reads the header and one block, and a value in one file takes
 * about log2(1 / rate of false hits) + 1.5 + log2(files) bits. All numbers are little-endian.
 */
import { BitReader } from './bits.js';
import { HASH_BITS, hashOfBytes, hashOfText } from './hash.js';
import { RULES_VERSION } from './values.js';

/** First bytes of a segment. */
export const MAGIC = 'TMVI';
/** Version of the format. */
export const FORMAT = 1;
/** Bytes of the header before the files. */
export const FIXED_BYTES = 64;
const FILE_BYTES = 12;
const BLOCK_ENTRY_BYTES = 8;

/** Maximum bits of the number of a block. */
export const MAX_BLOCK_BITS = 20;

/** The identity of a data file in a segment: a hash of its path. */
export function fileKey(path: string): string {
  return `${hashOfText(path, FILE_SEEDS[0])}-${hashOfText(path, FILE_SEEDS[1])}`;
}

const FILE_SEEDS = [0x51ab, 0x77c3] as const;

/** Parameters of the codes of a segment. */
export interface Parameters {
  /** Bits of a value. */
  width: number;
  /** Rice parameter of the distances between values. */
  rice: number;
  /** Bits of the number of a block. */
  blockBits: number;
}

/** The content of a segment's header. */
export interface SegmentHeader extends Parameters {
  /** Number of values, one for each file that has it. */
  entries: number;
  /** {@link fileKey} of the files. */
  files: string[];
  /** Bytes of the header. */
  bytes: number;
  /** Offsets of the blocks, and the end of the last. */
  offsets: Uint32Array;
  checksums: Uint32Array;
}

/** The first `width` bits of a hash, or of a value of `of` bits. */
export function prefixOf(hash: number, width: number, of = HASH_BITS): number {
  return Math.floor(hash / 2 ** (of - width));
}

/** Bits of the number of a file. */
export const bitsFor = (files: number): number => (files < 2 ? 0 : Math.ceil(Math.log2(files)));

/** Rice parameter of distances between `count` of `files` numbers. */
export const lowBitsFor = (files: number, count: number): number =>
  Math.max(0, Math.floor(Math.log2(files / count) - 0.5));

/** The checksum of a block or a header: the first 32 bits of its hash. */
export function checksumOf(bytes: Uint8Array): number {
  return hashOfBytes(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length) / 2 ** 16;
}

/** Bytes of the header of a segment. */
export function headerBytesOf(files: number, blockBits: number): number {
  return FIXED_BYTES + files * FILE_BYTES + (2 ** blockBits + 1) * BLOCK_ENTRY_BYTES;
}

/** Reads a header. If it cannot be used, returns the reason: another version made it, or it is damaged. */
export function readHeader(given: Uint8Array): SegmentHeader | { problem: string } {
  const bytes = Buffer.from(given);
  if (bytes.length < FIXED_BYTES || bytes.toString('latin1', 0, 4) !== MAGIC) return { problem: 'it is damaged' };
  if (bytes[4] !== FORMAT) return { problem: `it has format ${bytes[4]}, and this version reads ${FORMAT}` };
  if (bytes[5] !== RULES_VERSION) return { problem: 'it was built with different indexing rules' };
  const [width, rice, blockBits] = bytes.subarray(6, 9);
  const count = bytes.readUInt32LE(12);
  const headerBytes = bytes.readUInt32LE(24);
  const checksum = bytes.readUInt32LE(28);
  bytes.writeUInt32LE(0, 28);
  if (
    blockBits > MAX_BLOCK_BITS ||
    headerBytes !== headerBytesOf(count, blockBits) ||
    bytes.length < headerBytes ||
    Math.floor(checksumOf(bytes.subarray(0, headerBytes))) !== checksum
  )
    return { problem: 'its header is damaged' };
  let at = FIXED_BYTES;
  const files = Array.from({ length: count }, () => {
    at += FILE_BYTES;
    return `${bytes.readUIntLE(at - 12, 6)}-${bytes.readUIntLE(at - 6, 6)}`;
  });
  const offsets = new Uint32Array(2 ** blockBits + 1);
  const checksums = new Uint32Array(2 ** blockBits + 1);
  for (let block = 0; block < offsets.length; block++, at += BLOCK_ENTRY_BYTES) {
    offsets[block] = bytes.readUInt32LE(at);
    checksums[block] = bytes.readUInt32LE(at + 4);
  }
  const entries = bytes.readDoubleLE(16);
  return { width, rice, blockBits, entries, files, bytes: headerBytes, offsets, checksums };
}

/** The block that has a value. */
export function blockOf({ width, blockBits }: Parameters, value: number): number {
  return Math.floor(value / 2 ** (width - blockBits));
}

/** Where a block is in the object. */
export function blockRange({ bytes, offsets }: SegmentHeader, block: number): { from: number; length: number } {
  return { from: bytes + offsets[block], length: offsets[block + 1] - offsets[block] };
}

/** The values of a block. Throws an `Error` if it is damaged. */
export function* readBlock(
  header: SegmentHeader,
  block: number,
  content: Uint8Array,
): Generator<{ value: number; files: number[] }> {
  const { width, rice, blockBits, files, checksums } = header;
  if (Math.floor(checksumOf(content)) !== checksums[block] || content.length !== blockRange(header, block).length)
    throw new Error('damaged');
  const bits = new BitReader(content);
  const fileBits = bitsFor(files.length);
  const end = (block + 1) * 2 ** (width - blockBits);
  let last = block * 2 ** (width - blockBits) - 1;
  while (content.length > 0) {
    let distance = bits.rice(rice);
    const isMany = distance === 0;
    if (isMany) distance = bits.rice(rice);
    if (distance === 0) return;
    last += distance;
    if (bits.isOver || last >= end) throw new Error('damaged');
    if (!isMany) yield { value: last, files: [bits.read(fileBits)] };
    else {
      const count = bits.gamma() + 1;
      if (count > files.length) throw new Error('damaged');
      const low = lowBitsFor(files.length, count);
      const numbers: number[] = [];
      for (let file = -1; numbers.length < count; numbers.push(file)) file += bits.rice(low) + 1;
      yield { value: last, files: numbers };
    }
  }
}
