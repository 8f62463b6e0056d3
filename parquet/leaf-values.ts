/** Chooses how the values of a leaf are written. */
import { BooleanColumn, DoubleColumn, IntColumn, LongColumn } from '../columnar/columns.js';
import { StringColumn } from '../columnar/string-column.js';
import { BooleanValues } from './boolean-values.js';
import { type Leaf, mismatch } from './leaves.js';
import type { Slots } from './slots.js';
import { StringValues } from './string-values.js';
import type { Values } from './values.js';
import { WordValues } from './word-values.js';

/** The values of the leaf's slots. Valid until the next leaf. */
export function valuesOf({ path, type, steps, isLookup }: Leaf, { positions, values: count }: Slots): Values {
  const { column } = steps[steps.length - 1];
  if (column === undefined) return new BooleanValues(new BooleanColumn(), positions, 0);
  if (type === 'string' && column instanceof StringColumn) return new StringValues(column, positions, count, isLookup);
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
