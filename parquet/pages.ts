/** Divides the slots of a leaf into pages, which begin and end at row boundaries. */

import type { Dictionary } from './dictionary.js';
import type { Leaf } from './leaves.js';
import type { Slots } from './slots.js';
import type { Values } from './values.js';

/** The end of a page, counted from the beginning of the row group. */
export interface Cut {
  rows: number;
  slots: number;
  values: number;
}

/** Approximate size of pages. */
export interface PageLimits {
  rows: number;
  bytes: number;
}

/** The ends of a leaf's pages. */
export function* cutsOf(
  { maxDefinition }: Leaf,
  slots: Slots,
  values: Values,
  dictionary: Dictionary | undefined,
  limits: PageLimits,
): Generator<Cut> {
  const { levels, positions } = slots;
  // All rows are alike, so dividing them has no benefit.
  if (slots.values === 0 && levels.kind === 'equal') {
    yield { rows: slots.count, slots: slots.count, values: 0 };
    return;
  }
  /** The end of the values that fit into a page. */
  const endOfBytes = (from: number): number => {
    if (dictionary === undefined) return values.fit(from, limits.bytes);
    return from + Math.floor((limits.bytes * 8) / Math.max(1, dictionary.width));
  };
  let at: Cut = { rows: 0, slots: 0, values: 0 };
  while (at.slots < slots.count) {
    const fits = endOfBytes(at.values);
    // There may be rows without a value after the last one; they do not need another page.
    const most = fits < slots.values ? fits : Number.POSITIVE_INFINITY;
    if (levels.kind === 'each') {
      at = cutNested(levels, slots.count, maxDefinition, at, most, limits.rows);
    } else {
      let rows = Math.min(slots.count, at.rows + limits.rows);
      // The next page begins with the row of the first value that does not fit.
      if (most < slots.values) rows = Math.min(rows, positions[most] - firstRow(slots));
      at = { rows, slots: rows, values: valuesBefore(slots, rows) };
    }
    yield at;
  }
}

/** The buffer row of the first slot of a flat leaf. */
function firstRow({ levels, positions }: Slots): number {
  return levels.kind === 'bitmap' ? levels.from : positions[0];
}

/** Number of values in the first rows of a flat leaf. */
function valuesBefore(slots: Slots, rows: number): number {
  if (slots.levels.kind !== 'bitmap') return rows;
  const row = firstRow(slots) + rows;
  let low = 0;
  for (let high = slots.values; low < high; ) {
    const middle = (low + high) >> 1;
    if (slots.positions[middle] < row) low = middle + 1;
    else high = middle;
  }
  return low;
}

function cutNested(
  { definition, repetition }: Extract<Slots['levels'], { kind: 'each' }>,
  count: number,
  maxDefinition: number,
  from: Cut,
  mostValues: number,
  mostRows: number,
): Cut {
  let { rows, slots, values } = from;
  for (; slots < count; slots++) {
    if (repetition === undefined || repetition[slots] === 0) {
      if (slots > from.slots && (rows - from.rows >= mostRows || values >= mostValues)) break;
      rows++;
    }
    if (definition[slots] === maxDefinition) values++;
  }
  return { rows, slots, values };
}
