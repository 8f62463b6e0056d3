/** Strings: length, then bytes. */
import type { StringColumn } from '../columnar/string-column.js';
import { MAX_LOOKUP_CODE_POINTS, truncatedUtf8 } from '../iceberg/bounds.js';
import { bloomFilter } from './bloom-filter.js';
import { type Dictionary, inOrder, stringDictionary } from './dictionary.js';
import { headAt, sortStrings, unsorted } from './entry-order.js';
import type { Sink } from './sink.js';
import type { Bound, Extremes, Values } from './values.js';

/**
 * Code points of a bound, except in lookup columns. Iceberg's own bounds have 16; 64 distinguish strings with a common
 * prefix.
 */
const BOUND_CODE_POINTS = 64;

/** Copying fewer bytes than this in a loop is faster than creating a view for the engine's memmove. */
const SHORT_BYTES = 128;

export class StringValues implements Values {
  readonly level = 1;
  readonly plainBytes: number;
  readonly view: DataView;
  readonly offsets: Int32Array;
  /** Code points of a bound. */
  private readonly boundPoints: number;

  constructor(
    readonly column: StringColumn,
    private readonly positions: Int32Array,
    readonly count: number,
    isLookup: boolean,
  ) {
    this.boundPoints = isLookup ? MAX_LOOKUP_CODE_POINTS : BOUND_CODE_POINTS;
    this.view = column.words;
    this.offsets = column.offsets;
    this.plainBytes = this.bytesOf(0, count);
  }

  /** Bytes of values in PLAIN; an upper bound if a value between them was set to null. */
  private bytesOf(from: number, to: number): number {
    if (from === to) return 0;
    const { offsets, positions } = this;
    return offsets[positions[to - 1] + 1] - offsets[positions[from]] + 4 * (to - from);
  }

  dictionary(): Dictionary | undefined {
    return stringDictionary(this.view, this.offsets, this.positions, this.count);
  }

  sorted(dictionary: Dictionary): Dictionary {
    const { entries, size } = dictionary;
    const order = unsorted(size);
    sortStrings(order, entries, this, (one, two) => this.compare(entries[one], entries[two]));
    return inOrder(dictionary, order, this.count, size);
  }

  write(sink: Sink, from: number, to: number): void {
    this.writePlaces(sink, this.positions, from, to, this.bytesOf(from, to));
  }

  writeEntries(sink: Sink, { entries, size, bytes }: Dictionary): void {
    this.writePlaces(sink, entries, 0, size, bytes);
  }

  private writePlaces(sink: Sink, places: Int32Array, from: number, to: number, bytes: number): void {
    sink.reserve(bytes);
    const { view, offsets, column } = this;
    const out = sink.bytes;
    const outView = new DataView(out.buffer);
    let at = sink.length;
    for (let i = from; i < to; i++) {
      const start = offsets[places[i]];
      const length = offsets[places[i] + 1] - start;
      outView.setInt32(at, length, true);
      at += 4;
      if (length < SHORT_BYTES) {
        let n = 0;
        for (; n + 4 <= length; n += 4) outView.setInt32(at + n, view.getInt32(start + n, true), true);
        for (; n < length; n++) out[at + n] = view.getUint8(start + n);
      } else {
        out.set(new Uint8Array(column.data.buffer, column.data.byteOffset + start, length), at);
      }
      at += length;
    }
    sink.length = at;
  }

  fit(from: number, bytes: number): number {
    if (this.bytesOf(from, this.count) <= bytes) return this.count;
    let fits = from + 1;
    for (let beyond = this.count; fits + 1 < beyond; ) {
      const middle = (fits + beyond) >> 1;
      if (this.bytesOf(from, middle) <= bytes) fits = middle;
      else beyond = middle;
    }
    return fits;
  }

  extremes(): Extremes | undefined {
    const { count, positions } = this;
    if (count === 0) return undefined;
    let lower = positions[0];
    let upper = lower;
    let low = this.head(lower);
    let high = low;
    for (let i = 1; i < count; i++) {
      const place = positions[i];
      // For most values, the first bytes are enough.
      const head = this.head(place);
      if (head <= low && (head < low || this.compare(place, lower) < 0)) {
        lower = place;
        low = head;
      } else if (head >= high && (head > high || this.compare(place, upper) > 0)) {
        upper = place;
        high = head;
      }
    }
    return { lower, upper };
  }

  private head(place: number): number {
    const { view, offsets } = this;
    const start = offsets[place];
    return headAt(view, start, offsets[place + 1] - start);
  }

  /** By unsigned bytes, which is the order of code points. */
  private compare(one: number, two: number): number {
    const { view, offsets } = this;
    const a = offsets[one];
    const b = offsets[two];
    const [lengthA, lengthB] = [offsets[one + 1] - a, offsets[two + 1] - b];
    const length = Math.min(lengthA, lengthB);
    let i = 0;
    for (; i + 4 <= length; i += 4) {
      const difference = view.getUint32(a + i) - view.getUint32(b + i);
      if (difference !== 0) return difference;
    }
    for (; i < length; i++) {
      const difference = view.getUint8(a + i) - view.getUint8(b + i);
      if (difference !== 0) return difference;
    }
    return lengthA - lengthB;
  }

  bloomFilter(): Uint8Array | undefined {
    return bloomFilter(this.column.data, this.offsets, this.positions, this.count);
  }

  bound(place: number, side: 'lower' | 'upper'): Bound {
    const { data } = this.column;
    const whole = new Uint8Array(data.subarray(this.offsets[place], this.offsets[place + 1]));
    const { boundPoints: most } = this;
    const cut = whole.length <= most ? undefined : truncatedUtf8(headOf(whole, most), side, most);
    // If it cannot be truncated, the whole string is the bound.
    if (cut === undefined || cut.equals(whole)) return { bytes: whole, exact: true };
    return { bytes: cut, exact: false };
  }
}

/** The first characters, more than `points`. */
function headOf(utf8: Uint8Array, points: number): Uint8Array {
  let end = Math.min(utf8.length, (points + 2) * 4);
  // Do not cut inside a character: its bytes after the first are 10xxxxxx.
  while (end < utf8.length && (utf8[end] & 0xc0) === 0x80) end--;
  return utf8.subarray(0, end);
}
