/**
 * Segments of the index: which values the data files of a set have. An object has
 *
 * - 64 bytes: magic, versions, parameters, counts, and a checksum of the header
 * - 12 bytes for each data file: a hash of its path; files are numbered in this order
 * - 8 bytes for each block, and one more: its offset after the header, and its checksum
 * - the blocks: the values whose hash begins with the number of the block
 *
 * A value is the first `width` bits of its hash. In a block, values are in order: each is the Rice code of its distance from the
 * one before, then the number of its file; for several files, the code of 0 comes first, and their count and the distances of
 * their numbers last. Two codes of 0 end a block. So a lookup reads the header and one block, and a value in one file takes some
 * log2(1 / rate of false hits) + 1.5 + log2(files) bits. All numbers are little-endian.
 */
import { BitReader, BitWriter } from './bits.js';
import { HASH_BITS, hashOfBytes, hashOfText } from './hash.js';
import { RULES_VERSION } from './values.js';

const MAGIC = 'TMVI';
const FORMAT = 1;
const FIXED_BYTES = 64;
const FILE_BYTES = 12;
const BLOCK_ENTRY_BYTES = 8;

/** Values of a block: a lookup reads some 5 kB. */
const VALUES_A_BLOCK = 2_048;
const MAX_BLOCK_BITS = 20;

/**
 * A value that a data file does not have is found in it with the probability 2^-19: over 10,000 files of equal size, an absent
 * value is found in any with 2 %. Each bit more costs 4 % of the index.
 */
const FALSE_HIT_BITS = 19;
const LEAST_WIDTH = 24;

/** The identity of a data file in a segment: a hash of its path. */
export function fileKey(path: string): string {
  return `${hashOfText(path, FILE_SEEDS[0])}-${hashOfText(path, FILE_SEEDS[1])}`;
}

const FILE_SEEDS = [0x51ab, 0x77c3] as const;

/** What the header of a segment says. */
export interface SegmentHeader {
  /** Bits of a value. */
  width: number;
  /** Rice parameter of the distances between values. */
  rice: number;
  /** Bits of the number of a block. */
  blockBits: number;
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

/** A stream of values with their files, ascending. */
export interface ValueCursor {
  /** The current value, the first `width` bits of a hash; infinite at the end. */
  value: number;
  /** Numbers of its files in the new segment, ascending; not empty unless the value is infinite. */
  files: readonly number[];
  /** Moves to the next value. */
  next(): void | Promise<void>;
}

/** Makes the segment of new data files. `values`: see file-values.ts. */
export function segmentOfFiles(
  files: readonly { path: string; values: Float64Array }[],
): Promise<{ bytes: Uint8Array; headerBytes: number }> {
  const entries = files.reduce((sum, { values }) => sum + values.length, 0);
  const width = widthFor(entries, files.length);
  const cursors = files.map(({ values }, number) => hashCursor(values, number, width));
  return makeSegment(
    files.map(({ path }) => fileKey(path)),
    cursors,
    width,
    entries,
  );
}

/** The bits that the values of a segment should have. `entries`: of all files. */
function widthFor(entries: number, files: number): number {
  const bits = Math.ceil(Math.log2(Math.max(2, entries / Math.max(1, files)))) + FALSE_HIT_BITS;
  return Math.min(HASH_BITS, Math.max(LEAST_WIDTH, bits));
}

/** The first `width` bits of a hash, or of a value of `of` bits. */
export function prefixOf(hash: number, width: number, of = HASH_BITS): number {
  return Math.floor(hash / 2 ** (of - width));
}

/** The hashes of one file as a cursor. */
function hashCursor(hashes: Float64Array, file: number, width: number): ValueCursor {
  let at = 0;
  const files = [file];
  const scale = 2 ** (width - HASH_BITS);
  const cursor: ValueCursor = {
    value: 0,
    files,
    next() {
      const last = cursor.value;
      do cursor.value = at < hashes.length ? Math.floor(hashes[at++] * scale) : Number.POSITIVE_INFINITY;
      while (cursor.value === last && at > 1);
    },
  };
  void cursor.next();
  return cursor;
}

/**
 * Makes a segment.
 * @param files paths' {@link fileKey}, in the order of the numbers of the cursors
 * @param entries number of values that the cursors have, about
 */
export async function makeSegment(
  files: readonly string[],
  cursors: readonly ValueCursor[],
  width: number,
  entries: number,
): Promise<{ bytes: Uint8Array; headerBytes: number }> {
  const blockBits = Math.min(MAX_BLOCK_BITS, width, Math.max(0, Math.round(Math.log2(entries / VALUES_A_BLOCK || 1))));
  const rice = Math.max(0, Math.min(width - blockBits, Math.round(width - Math.log2(Math.max(1, entries)) - 0.5)));
  const body = new BlockWriter({ width, rice, blockBits }, files.length);
  const heap = new CursorHeap(cursors.filter(({ value }) => Number.isFinite(value)));
  for (let top = heap.top; top !== undefined; top = heap.top) {
    const { value } = top;
    const first = top.files;
    let all: number[] | undefined;
    for (let same: ValueCursor | undefined = top; same !== undefined && same.value === value; same = heap.top) {
      if (all !== undefined) for (const file of same.files) all.push(file);
      else if (same !== top) all = [...first, ...same.files];
      // Of a segment: awaited only where it has to read more.
      const moved = same.next();
      if (moved !== undefined) await moved;
      heap.sink();
    }
    body.add(value, all === undefined ? first : ascending(all));
  }
  return segmentOf(files, body.finish(), { width, rice, blockBits });
}

/** Each number once, in order. */
function ascending(numbers: readonly number[]): readonly number[] {
  const sorted = Int32Array.from(numbers).sort();
  const once: number[] = [];
  for (const number of sorted) if (number !== once[once.length - 1]) once.push(number);
  return once;
}

interface Parameters {
  width: number;
  rice: number;
  blockBits: number;
}

interface Body {
  blocks: Uint8Array;
  offsets: Uint32Array;
  checksums: Uint32Array;
  entries: number;
}

class BlockWriter {
  private readonly bits = new BitWriter();
  private readonly offsets: Uint32Array;
  private readonly checksums: Uint32Array;
  private readonly fileBits: number;
  private readonly blockSize: number;
  private block = 0;
  private last = -1;
  private entries = 0;

  constructor(
    private readonly parameters: Parameters,
    private readonly files: number,
  ) {
    const { width, blockBits } = parameters;
    const blocks = 2 ** blockBits;
    this.offsets = new Uint32Array(blocks + 1);
    this.checksums = new Uint32Array(blocks);
    this.fileBits = bitsFor(files);
    this.blockSize = 2 ** (width - blockBits);
  }

  add(value: number, files: readonly number[]): void {
    const { bits, blockSize, fileBits } = this;
    const { rice } = this.parameters;
    const block = Math.floor(value / blockSize);
    if (block !== this.block) this.close(block);
    if (files.length > 1) bits.rice(0, rice);
    bits.rice(value - this.last, rice);
    this.last = value;
    this.entries += files.length;
    if (files.length === 1) {
      bits.write(files[0], fileBits);
      return;
    }
    bits.gamma(files.length - 1);
    const low = lowBitsFor(this.files, files.length);
    let before = -1;
    for (const file of files) {
      bits.rice(file - before - 1, low);
      before = file;
    }
  }

  finish(): Body {
    this.close(this.checksums.length);
    const { offsets, checksums, entries } = this;
    return { blocks: this.bits.from(0), offsets, checksums, entries };
  }

  /** Ends all blocks before `next`. */
  private close(next: number): void {
    const { bits, offsets, checksums } = this;
    while (this.block < next) {
      if (this.last >= this.block * this.blockSize) for (let i = 0; i < 2; i++) bits.rice(0, this.parameters.rice);
      const end = bits.align();
      const content = bits.from(offsets[this.block]);
      checksums[this.block] = checksumOf(content);
      offsets[++this.block] = end;
    }
    this.last = this.block * this.blockSize - 1;
  }
}

const bitsFor = (files: number): number => (files < 2 ? 0 : Math.ceil(Math.log2(files)));

/** Rice parameter of distances between `count` of `files` numbers. */
const lowBitsFor = (files: number, count: number): number => Math.max(0, Math.floor(Math.log2(files / count) - 0.5));

function checksumOf(bytes: Uint8Array): number {
  return hashOfBytes(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length) / 2 ** 16;
}

function segmentOf(
  files: readonly string[],
  body: Body,
  { width, rice, blockBits }: Parameters,
): { bytes: Uint8Array; headerBytes: number } {
  const { blocks, offsets, checksums, entries } = body;
  const headerBytes = headerBytesOf(files.length, blockBits);
  const bytes = Buffer.alloc(headerBytes + blocks.length);
  bytes.write(MAGIC, 'latin1');
  bytes.set([FORMAT, RULES_VERSION, width, rice, blockBits], 4);
  bytes.writeUInt32LE(files.length, 12);
  bytes.writeDoubleLE(entries, 16);
  bytes.writeUInt32LE(headerBytes, 24);
  let at = FIXED_BYTES;
  for (const key of files) {
    for (const half of key.split('-')) at = bytes.writeUIntLE(Number(half), at, 6);
  }
  for (let block = 0; block < offsets.length; block++) {
    at = bytes.writeUInt32LE(offsets[block], at);
    at = bytes.writeUInt32LE(Math.floor(checksums[block] ?? 0), at);
  }
  bytes.set(blocks, headerBytes);
  bytes.writeUInt32LE(Math.floor(checksumOf(bytes.subarray(0, headerBytes))), 28);
  return { bytes, headerBytes };
}

function headerBytesOf(files: number, blockBits: number): number {
  return FIXED_BYTES + files * FILE_BYTES + (2 ** blockBits + 1) * BLOCK_ENTRY_BYTES;
}

/** Reads a header. Returns why it is of no use instead: another version made it, or it is damaged. */
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

/** Merges cursors: the one with the smallest value is on top. */
class CursorHeap {
  constructor(private readonly cursors: ValueCursor[]) {
    for (let at = cursors.length >> 1; at >= 0; at--) this.sink(at);
  }

  /** `undefined` when all cursors are at their end. */
  get top(): ValueCursor | undefined {
    const [first] = this.cursors;
    return first === undefined || first.value === Number.POSITIVE_INFINITY ? undefined : first;
  }

  /** Restores the order after the cursor at `at` has moved. */
  sink(at = 0): void {
    const { cursors } = this;
    const cursor = cursors[at];
    for (let child = 2 * at + 1; child < cursors.length; child = 2 * at + 1) {
      if (child + 1 < cursors.length && cursors[child + 1].value < cursors[child].value) child++;
      if (cursors[child].value >= cursor.value) break;
      cursors[at] = cursors[child];
      cursors[child] = cursor;
      at = child;
    }
  }
}
