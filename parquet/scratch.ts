/** Arrays that are reused for the next column and the next file of a thread. */

/** Larger arrays (1 MiB) are not kept. Files have at most 65,536 rows, with one value each in most columns. */
const KEPT_LENGTH = 1 << 18;

/** What an array is used for. `levels` are three arrays for each depth of lists: see slots.ts. */
export const SCRATCH = {
  positions: 0,
  words: 1,
  codes: 2,
  entries: 3,
  hashes: 4,
  table: 5,
  order: 6,
  sorted: 7,
  newCodes: 8,
  levels: 9,
} as const;

const kept: Int32Array[] = [];

/**
 * An array of at least this length, with arbitrary content. Another call for the same use may return the same array.
 */
export function scratch(use: number, length: number): Int32Array {
  const array = kept[use];
  if (array !== undefined && array.length >= length) return array;
  const larger = new Int32Array(Math.max(1024, 2 ** Math.ceil(Math.log2(length))));
  if (larger.length <= KEPT_LENGTH) kept[use] = larger;
  return larger;
}

/** A copy of the array with twice the length, for the same use. */
export function doubled(use: number, array: Int32Array): Int32Array {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  if (larger.length <= KEPT_LENGTH) kept[use] = larger;
  return larger;
}
