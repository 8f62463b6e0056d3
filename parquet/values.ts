/**
 * The values of a leaf, without nulls: how they are written and compared. They are numbered from 0 in the order of the slots. The
 * place of a value is where it is: its number or, for strings and booleans, its row number in the column buffer.
 */
import { BooleanColumn, DoubleColumn, IntColumn, LongColumn, StringColumn } from '../columnar/columns.js';
import { BooleanValues } from './boolean-values.js';
import type { Dictionary } from './dictionary.js';
import { type Leaf, mismatch } from './leaves.js';
import type { Sink } from './sink.js';
import type { Slots } from './slots.js';
import { StringValues } from './string-values.js';
import { WordValues } from './word-values.js';

/** A bound in statistics. */
export interface Bound {
  /** As in PLAIN, but strings without their length. */
  bytes: Uint8Array;
  /** False for a string that was truncated. */
  exact: boolean;
}

export interface Values {
  readonly count: number;
  /** Bytes of all values in PLAIN. */
  readonly plainBytes: number;
  /** `undefined` if most values are distinct, or the dictionary becomes too large. */
  dictionary(): Dictionary | undefined;
  place(value: number): number;
  /** Writes values in PLAIN. */
  write(sink: Sink, from: number, to: number): void;
  /** The entries of a dictionary, in PLAIN. */
  writeEntries(sink: Sink, dictionary: Dictionary): void;
  /** The end of the values from `from` on that take no more than `bytes` in PLAIN, or about; it is at least one value. */
  fit(from: number, bytes: number): number;
  /** False for NaN, which has no place in an order. */
  isOrdered(place: number): boolean;
  compare(one: number, two: number): number;
  bound(place: number, side: 'lower' | 'upper'): Bound;
}

/** The values of the leaf's slots. Valid until the next leaf. */
export function valuesOf({ path, type, steps }: Leaf, { positions, values: count }: Slots): Values {
  const { column } = steps[steps.length - 1];
  if (column === undefined) return new BooleanValues(new BooleanColumn(), positions, 0);
  if (type === 'string' && column instanceof StringColumn) return new StringValues(column, positions, count);
  if (type === 'boolean' && column instanceof BooleanColumn) return new BooleanValues(column, positions, count);
  if (column instanceof IntColumn) {
    if (type === 'int' || type === 'date') return WordValues.ofInts(column, positions, count);
    if (type === 'long') return WordValues.ofLongs(column, positions, count);
  }
  if (column instanceof LongColumn && (type === 'long' || type === 'timestamptz'))
    return WordValues.ofLongs(column, positions, count);
  if (column instanceof DoubleColumn) {
    if (type === 'float') return WordValues.ofFloats(column, positions, count);
    if (type === 'double') return WordValues.ofDoubles(column, positions, count);
  }
  throw mismatch(type, path, column);
}
