/**
 * Sorts the entries of a dictionary. Most of them are not compared: the key of an entry, followed by its number, is one
 * number that the engine sorts.
 */
import { widthOf } from './hybrid.js';
import { SCRATCH, scratch } from './scratch.js';

/** Below this, entries are sorted by comparison. */
const FEW = 8;
/** Number of bits of exact integers. */
const EXACT_BITS = 53;
/** Bits of the key of a string: four bytes, and how many of them belong to the string. */
const STRING_KEY_BITS = 35;
/** Larger arrays of keys (2 MiB) are not kept. */
const KEPT_KEYS = 1 << 18;

/** Compares two entries by their numbers. */
type Compare = (one: number, two: number) => number;

let kept = new Float64Array(1024);

function keysFor(count: number): Float64Array {
  if (kept.length >= count) return kept;
  const larger = new Float64Array(2 ** widthOf(count));
  if (larger.length <= KEPT_KEYS) kept = larger;
  return larger;
}

/** The numbers of `size` entries, to be sorted. Valid until the next call. */
export function unsorted(size: number): Int32Array {
  const order = scratch(SCRATCH.order, size).subarray(0, size);
  for (let entry = 0; entry < size; entry++) order[entry] = entry;
  return order;
}

/** Strings to sort: entries are indexes into the offsets. */
export interface Strings {
  view: DataView;
  offsets: Int32Array;
}

/** Sorts distinct strings by their unsigned bytes. */
export function sortStrings(order: Int32Array, places: Int32Array, strings: Strings, compare: Compare): void {
  new StringSort(order, places, strings, compare).sort(0, order.length, 0);
}

/** A class, and not functions within a function: V8 compiles those again for each dictionary. */
class StringSort {
  private readonly view: DataView;
  private readonly offsets: Int32Array;

  constructor(
    private readonly order: Int32Array,
    private readonly places: Int32Array,
    { view, offsets }: Strings,
    private readonly compare: Compare,
  ) {
    this.view = view;
    this.offsets = offsets;
  }

  /** Sorts entries whose first `depth` bytes are the same. */
  sort(from: number, to: number, depth: number): void {
    const { order, compare } = this;
    const size = to - from;
    if (size <= FEW || widthOf(size) + STRING_KEY_BITS > EXACT_BITS) {
      sortByComparing(order.subarray(from, to), compare);
      return;
    }
    const keys = keysFor(size);
    let next = depth;
    while (this.readKeys(keys, from, to, next)) next += 4;
    sortByKeys(order.subarray(from, to), keys);
    // The keys are overwritten when the first of these runs is sorted.
    const equal: number[] = [];
    for (let i = 0; i < size; ) {
      let end = i + 1;
      while (end < size && keys[end] === keys[i]) end++;
      if (end - i > 1) equal.push(i, end);
      i = end;
    }
    for (let i = 0; i < equal.length; i += 2) this.sort(from + equal[i], from + equal[i + 1], next + 4);
  }

  /** Reads the bytes after the first `depth` of each string. Returns whether they are all equal. */
  private readKeys(keys: Float64Array, from: number, to: number, depth: number): boolean {
    const { order, places, view, offsets } = this;
    let areEqual = true;
    for (let i = from; i < to; i++) {
      const place = places[order[i]];
      const at = offsets[place] + depth;
      keys[i - from] = keyAt(view, at, offsets[place + 1] - at);
      if (keys[i - from] !== keys[0]) areEqual = false;
    }
    return areEqual;
  }
}

/** Four bytes, and their number: if strings differ only in zeros at the end, the shorter one is smaller. */
function keyAt(view: DataView, at: number, left: number): number {
  return headAt(view, at, left) * 8 + Math.min(left, 4);
}

/** The first four of `length` bytes as a number, padded with zeros. */
export function headAt(view: DataView, at: number, length: number): number {
  if (length >= 4) return view.getUint32(at);
  let head = 0;
  for (let i = 0; i < 4; i++) head = head * 256 + (i < length ? view.getUint8(at + i) : 0);
  return head;
}

/** Sorts whole numbers. Those beyond 2^53 may be rounded in `numbers`. */
export function sortWhole(order: Int32Array, numbers: (entry: number) => number, compare: Compare): void {
  const size = order.length;
  const keys = keysFor(size);
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < size; i++) {
    const number = numbers(order[i]);
    keys[i] = number;
    if (number < least) least = number;
    if (number > most) most = number;
  }
  const areExact = Number.isSafeInteger(least) && Number.isSafeInteger(most);
  if (size <= FEW || !areExact || most - least >= 2 ** (EXACT_BITS - widthOf(size))) {
    sortByComparing(order, compare);
    return;
  }
  for (let i = 0; i < size; i++) keys[i] -= least;
  sortByKeys(order, keys);
}

/** Sorts entries by comparison. */
export function sortByComparing(order: Int32Array, compare: Compare): void {
  if (order.length > FEW) {
    order.sort(compare);
    return;
  }
  for (let i = 1; i < order.length; i++) {
    const entry = order[i];
    let at = i;
    for (; at > 0 && compare(order[at - 1], entry) > 0; at--) order[at] = order[at - 1];
    order[at] = entry;
  }
}

/** Sorts entries by their keys, and the keys. */
function sortByKeys(order: Int32Array, keys: Float64Array): void {
  const size = order.length;
  const factor = 2 ** widthOf(size);
  for (let i = 0; i < size; i++) keys[i] = keys[i] * factor + i;
  keys.subarray(0, size).sort();
  const before = order.slice();
  for (let i = 0; i < size; i++) {
    const key = Math.floor(keys[i] / factor);
    order[i] = before[keys[i] - key * factor];
    keys[i] = key;
  }
}
