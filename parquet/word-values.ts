/** Values of a fixed size, in one or two words of 32 bits. */
import type { DoubleColumn, IntColumn, LongColumn } from '../columnar/columns.js';
import { type Dictionary, inOrder, wordDictionary } from './dictionary.js';
import { sortByComparing, sortWhole, unsorted } from './entry-order.js';
import { SCRATCH, scratch } from './scratch.js';
import type { Sink } from './sink.js';
import type { Bound, Extremes, Values } from './values.js';

const TWO_TO_32 = 2 ** 32;

export class WordValues implements Values {
  readonly level = 3;

  private constructor(
    /** The values as they are written: little-endian, like the supported machines. */
    private readonly words: Int32Array,
    private readonly width: 1 | 2,
    private readonly kind: 'integer' | 'real',
    /** Values as numbers, by position. Of integers beyond 2^53 they are rounded. */
    private readonly numbers: Int32Array | Float64Array,
    private readonly positions: Int32Array,
    readonly count: number,
  ) {}

  static ofInts({ values }: IntColumn, positions: Int32Array, count: number): WordValues {
    const words = scratch(SCRATCH.words, count);
    for (let i = 0; i < count; i++) words[i] = values[positions[i]];
    return new WordValues(words, 1, 'integer', values, positions, count);
  }

  static ofLongs(column: IntColumn | LongColumn, positions: Int32Array, count: number): WordValues {
    const words = scratch(SCRATCH.words, 2 * count);
    const { values } = column;
    for (let i = 0; i < count; i++) {
      const value = values[positions[i]];
      const high = Math.floor(value / TWO_TO_32);
      words[2 * i] = value - high * TWO_TO_32;
      words[2 * i + 1] = high;
    }
    const exact = 'inexact' in column ? column.inexact : undefined;
    if (exact !== undefined) {
      for (let i = 0; i < count; i++) {
        const value = exact.get(positions[i]);
        if (value === undefined) continue;
        words[2 * i] = Number(BigInt.asIntN(32, value));
        words[2 * i + 1] = Number(BigInt.asIntN(32, value >> 32n));
      }
    }
    return new WordValues(words, 2, 'integer', values, positions, count);
  }

  static ofFloats({ values }: DoubleColumn, positions: Int32Array, count: number): WordValues {
    const words = scratch(SCRATCH.words, count);
    const floats = new Float32Array(words.buffer, 0, count);
    for (let i = 0; i < count; i++) floats[i] = values[positions[i]];
    return new WordValues(words, 1, 'real', values, positions, count);
  }

  static ofDoubles({ values }: DoubleColumn, positions: Int32Array, count: number): WordValues {
    const words = scratch(SCRATCH.words, 2 * count);
    const doubles = new Float64Array(words.buffer, 0, count);
    for (let i = 0; i < count; i++) doubles[i] = values[positions[i]];
    return new WordValues(words, 2, 'real', values, positions, count);
  }

  get plainBytes(): number {
    return this.count * this.width * 4;
  }

  dictionary(): Dictionary | undefined {
    return wordDictionary(this.words, this.width, this.count);
  }

  sorted(dictionary: Dictionary): Dictionary {
    const { entries, size } = dictionary;
    const order = unsorted(size);
    const compare = (one: number, two: number): number => this.compare(entries[one], entries[two]);
    if (this.kind === 'integer') {
      sortWhole(order, (entry) => this.numberAt(entries[entry]), compare);
      return inOrder(dictionary, order, this.count, size);
    }
    // NaN comes after all others.
    const isUnordered = (entry: number): boolean => Number.isNaN(this.numberAt(entries[entry]));
    const behind = (one: number, two: number): number => +isUnordered(one) - +isUnordered(two);
    sortByComparing(order, (one, two) => behind(one, two) || (isUnordered(one) ? one - two : compare(one, two)));
    let ordered = size;
    while (ordered > 0 && isUnordered(order[ordered - 1])) ordered--;
    return inOrder(dictionary, order, this.count, ordered);
  }

  write(sink: Sink, from: number, to: number): void {
    sink.append(this.bytesOf(from, to));
  }

  writeEntries(sink: Sink, { entries, size }: Dictionary): void {
    const { words, width } = this;
    for (let entry = 0; entry < size; entry++)
      for (let word = 0; word < width; word++) sink.int32(words[entries[entry] * width + word]);
  }

  fit(from: number, bytes: number): number {
    return from + Math.max(1, Math.floor(bytes / (this.width * 4)));
  }

  extremes(): Extremes | undefined {
    let lower = -1;
    let upper = -1;
    for (let i = 0; i < this.count; i++) {
      if (Number.isNaN(this.numberAt(i))) continue;
      if (lower < 0) {
        lower = i;
        upper = i;
      } else if (this.compare(i, lower) < 0) lower = i;
      else if (this.compare(i, upper) > 0) upper = i;
    }
    return lower < 0 ? undefined : { lower, upper };
  }

  /** Compares values that are not NaN. */
  private compare(one: number, two: number): number {
    const a = this.numberAt(one);
    const b = this.numberAt(two);
    if (a !== b) return a < b ? -1 : 1;
    if (this.kind === 'real' || this.width === 1) return 0;
    // Rounding preserves the order, so only integers that round to the same number remain.
    const high = this.words[2 * one + 1] - this.words[2 * two + 1];
    return high !== 0 ? high : (this.words[2 * one] >>> 0) - (this.words[2 * two] >>> 0);
  }

  /** Only strings are searched for single values. */
  bloomFilter(): undefined {
    return undefined;
  }

  bound(place: number, side: 'lower' | 'upper'): Bound {
    const bytes = this.bytesOf(place, place + 1).slice();
    if (this.kind === 'real' && this.isZero(place)) {
      // Zeros are equal, but readers may order them: the lower bound is -0, the upper one +0 (parquet.thrift, ColumnOrder).
      bytes[bytes.length - 1] = side === 'lower' ? 0x80 : 0;
    }
    return { bytes, exact: true };
  }

  private numberAt(place: number): number {
    return this.numbers[this.positions[place]];
  }

  private isZero(place: number): boolean {
    const { words, width } = this;
    const high = words[place * width + width - 1] & 0x7fffffff;
    return high === 0 && (width === 1 || words[2 * place] === 0);
  }

  private bytesOf(from: number, to: number): Uint8Array {
    const size = this.width * 4;
    return new Uint8Array(this.words.buffer, from * size, (to - from) * size);
  }
}
