/** Makes segments of the index: from the values of new data files, and from other segments. The format is that of segment.ts. */
import { BitWriter } from './bits.js';
import { HASH_BITS } from './hash.js';
import {
  bitsFor,
  checksumOf,
  FIXED_BYTES,
  FORMAT,
  fileKey,
  headerBytesOf,
  lowBitsFor,
  MAGIC,
  MAX_BLOCK_BITS,
  type Parameters,
} from './segment.js';
import { RULES_VERSION } from './values.js';

/** Values of a block: a lookup reads about 5 kB. */
const VALUES_A_BLOCK = 2_048;

/**
 * A value that a data file does not have is found in it with a probability of 2^-19: with 10,000 files of equal size, an
 * absent value is found in at least one of them with a probability of 2 %. Each additional bit costs 4 % of the index.
 */
const FALSE_HIT_BITS = 19;
const LEAST_WIDTH = 24;

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
  const cursors = files.map(({ values }, number) => new HashCursor(values, number, width));
  return makeSegment(
    files.map(({ path }) => fileKey(path)),
    cursors,
    width,
    entries,
  );
}

/** The number of bits that the values of a segment should have. `entries`: those of all files. */
function widthFor(entries: number, files: number): number {
  const bits = Math.ceil(Math.log2(Math.max(2, entries / Math.max(1, files)))) + FALSE_HIT_BITS;
  return Math.min(HASH_BITS, Math.max(LEAST_WIDTH, bits));
}

/** The hashes of one file. */
class HashCursor implements ValueCursor {
  value = -1;
  readonly files: readonly number[];
  private at = 0;
  private readonly scale: number;

  constructor(
    private readonly hashes: Float64Array,
    file: number,
    width: number,
  ) {
    this.files = [file];
    this.scale = 2 ** (width - HASH_BITS);
    this.next();
  }

  next(): void {
    const { hashes, scale, value: last } = this;
    do this.value = this.at < hashes.length ? Math.floor(hashes[this.at++] * scale) : Number.POSITIVE_INFINITY;
    while (this.value === last);
  }
}

/**
 * Makes a segment.
 * @param files paths' {@link fileKey}, in the order of the numbers of the cursors
 * @param entries approximate number of values of all cursors
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
      // A cursor of a segment returns a promise only if it has to read more.
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
  /** The end of the values of the block. */
  private blockEnd: number;
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
    this.blockEnd = this.blockSize;
  }

  add(value: number, files: readonly number[]): void {
    const { bits, fileBits } = this;
    const { rice } = this.parameters;
    if (value >= this.blockEnd) this.close(Math.floor(value / this.blockSize));
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
    this.blockEnd = this.last + 1 + this.blockSize;
  }
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
