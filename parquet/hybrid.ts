/**
 * The RLE/bit-packed hybrid encoding of levels and dictionary codes (Parquet format, "Run Length Encoding / Bit-Packing
 * Hybrid"): runs of equal values, and groups of 8 values with `width` bits each, least significant bit first.
 */
import type { Sink } from './sink.js';

/** Bits of the largest value, if there are `values` values from 0 on. */
export function widthOf(values: number): number {
  return values <= 1 ? 0 : 32 - Math.clz32(values - 1);
}

/** A run of equal values. */
export function writeRun(sink: Sink, value: number, count: number, width: number): void {
  if (count === 0) return;
  sink.varint(count * 2);
  for (let bits = 0; bits < width; bits += 8) sink.byte((value >>> bits) & 255);
}

/** Encodes `values[from..to)`. */
export function writeHybrid(sink: Sink, values: Int32Array, from: number, to: number, width: number): void {
  // A shorter run takes fewer bits in a bit-packed group than as a run plus the header of the next group. For codes of
  // whole bytes, zstd compresses short runs well.
  const shortest = width === 0 ? 8 : (width & 7) === 0 ? 64 : Math.max(8, Math.floor(32 / width));
  let pending = from;
  for (let i = from; i < to; ) {
    const value = values[i];
    let end = i + 1;
    while (end < to && values[end] === value) end++;
    if (end - i >= shortest) {
      // A bit-packed group has 8 values, so it takes the first values of the run.
      const start = i + ((8 - ((i - pending) & 7)) & 7);
      if (end - start >= shortest) {
        if (start > pending) writeGroups(sink, values, pending, start, width);
        writeRun(sink, value, end - start, width);
        pending = end;
      }
    }
    i = end;
  }
  if (to > pending) writeGroups(sink, values, pending, to, width);
}

/** Groups of 8 values; the last one is filled with zeros. */
function writeGroups(sink: Sink, values: Int32Array, from: number, to: number, width: number): void {
  const groups = (to - from + 7) >> 3;
  sink.varint(groups * 2 + 1);
  sink.reserve(groups * width);
  const { bytes } = sink;
  let at = sink.length;
  const end = at + groups * width;
  if ((width & 7) === 0) {
    for (let i = from; i < to; i++) for (let bits = 0; bits < width; bits += 8) bytes[at++] = values[i] >>> bits;
    bytes.fill(0, at, end);
    sink.length = end;
    return;
  }
  // At most 7 bits are pending for the next byte, and values have at most 24 bits, so 32 bits are enough.
  let bits = 0;
  let count = 0;
  for (let i = from; i < to; i++) {
    bits |= values[i] << count;
    count += width;
    while (count >= 8) {
      bytes[at++] = bits;
      bits >>>= 8;
      count -= 8;
    }
  }
  if (count > 0) bytes[at++] = bits;
  bytes.fill(0, at, end);
  sink.length = end;
}

/**
 * Encodes levels that are `high` where a row has a value and `high - 1` where it has none.
 * @param bitmap validity bits of rows, as in Arrow
 */
export function writeBitmap(sink: Sink, bitmap: Uint8Array, from: number, to: number, high: number): void {
  const width = widthOf(high + 1);
  const packed = packedBytes(high, width);
  let pending = from;
  let i = from;
  while (i + 8 <= to) {
    const byte = bitsAt(bitmap, i);
    if (byte !== 0 && byte !== 255) {
      i += 8;
      continue;
    }
    let end = i + 8;
    while (end + 8 <= to && bitsAt(bitmap, end) === byte) end += 8;
    // Shorter runs are smaller in bit-packed groups.
    if (end - i >= 32) {
      // Up to the last row of the run, so that equal rows after equal runs are packed to equal bytes, which zstd can
      // compress.
      while (end < to && ((bitmap[end >> 3] >> (end & 7)) & 1) === (byte & 1)) end++;
      if (i > pending) writePacked(sink, bitmap, pending, i, packed, width);
      writeRun(sink, byte === 0 ? high - 1 : high, end - i, width);
      pending = end;
    }
    i = end;
  }
  if (to > pending) writePacked(sink, bitmap, pending, to, packed, width);
}

function writePacked(
  sink: Sink,
  bitmap: Uint8Array,
  from: number,
  to: number,
  packed: Uint8Array,
  width: number,
): void {
  const groups = (to - from + 7) >> 3;
  sink.varint(groups * 2 + 1);
  sink.reserve(groups * width);
  const { bytes } = sink;
  let at = sink.length;
  for (let i = from; i < to; i += 8) {
    // Bits beyond the last row are never read.
    let source = bitsAt(bitmap, i) * width;
    for (let n = 0; n < width; n++) bytes[at++] = packed[source++];
  }
  sink.length = at;
}

/** The 8 validity bits from `row` on. */
function bitsAt(bitmap: Uint8Array, row: number): number {
  const at = row >> 3;
  const shift = row & 7;
  return shift === 0 ? bitmap[at] : ((bitmap[at] >> shift) | (bitmap[at + 1] << (8 - shift))) & 255;
}

const tables: Uint8Array[] = [];

/** For each byte of validity bits, its 8 levels as a bit-packed group of `width` bytes. */
function packedBytes(high: number, width: number): Uint8Array {
  tables[high] ??= makeTable(high, width);
  return tables[high];
}

function makeTable(high: number, width: number): Uint8Array {
  const table = new Uint8Array(256 * width);
  for (let byte = 0; byte < 256; byte++) {
    for (let bit = 0; bit < 8; bit++) {
      const level = (byte >> bit) & 1 ? high : high - 1;
      for (let n = 0; n < width; n++) {
        const at = bit * width + n;
        if ((level >> n) & 1) table[byte * width + (at >> 3)] |= 1 << (at & 7);
      }
    }
  }
  return table;
}
