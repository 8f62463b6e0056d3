/**
 * The values of a leaf, without nulls: how they are written and compared. They are numbered from 0 in the order of the
 * slots. The position of a value is its number or, for strings and booleans, its row number in the column buffer.
 */
import type { Dictionary } from './dictionary.js';
import type { Sink } from './sink.js';
import type { ZstdLevel } from './zstd.js';

/** A bound in statistics. */
export interface Bound {
  /** As in PLAIN, except that strings have no length. */
  bytes: Uint8Array;
  /** False for a string that was truncated. */
  exact: boolean;
}

/** Positions of a smallest and a largest value. */
export interface Extremes {
  lower: number;
  upper: number;
}

export interface Values {
  readonly count: number;
  /** How its values in PLAIN are compressed. */
  readonly level: ZstdLevel;
  /** Bytes of all values in PLAIN. */
  readonly plainBytes: number;
  /** Its entries are in the order of the first values. `undefined` if most values are distinct, or it becomes too large. */
  dictionary(): Dictionary | undefined;
  /** The same dictionary with sorted entries. */
  sorted(dictionary: Dictionary): Dictionary;
  /** Writes values in PLAIN. */
  write(sink: Sink, from: number, to: number): void;
  /** The entries of a dictionary, in PLAIN. */
  writeEntries(sink: Sink, dictionary: Dictionary): void;
  /** The end of the values from `from` on that take about `bytes` or less in PLAIN; at least one value. */
  fit(from: number, bytes: number): number;
  /** `undefined` if there are no values, or only NaN. */
  extremes(): Extremes | undefined;
  bound(place: number, side: 'lower' | 'upper'): Bound;
  /** A Bloom filter of the values; `undefined` if it is not worthwhile. */
  bloomFilter(): Uint8Array | undefined;
}
