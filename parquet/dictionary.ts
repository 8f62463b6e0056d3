/**
 * Dictionaries: the distinct values of a column in their order, and a code for each value. There is no object per
 * value: an entry is the position of the first such value, and the hash table contains entry numbers.
 */
import { sameWords } from '../columnar/words.js';
import { widthOf } from './hybrid.js';
import { doubled, SCRATCH, scratch } from './scratch.js';

/** Maximum bytes of a dictionary page, as in other writers. */
const MAX_BYTES = 1 << 20;
/** From this many entries on, a dictionary is abandoned if most values so far were new. */
const TRIAL_ENTRIES = 2048;
const MOSTLY_NEW = 0.7;
/**
 * Maximum average number of slots to probe per value. Good hashes need less than two, but values can be constructed to
 * have equal hashes.
 */
const MAX_PROBES = 8;
const INITIAL_TABLE = 1024;

/** Valid until the next column. */
export interface Dictionary {
  /** The code of each value: codes ascend as values do. */
  codes: Int32Array;
  /** Position of the first value of each entry. */
  entries: Int32Array;
  size: number;
  /** Number of entries in the order; NaN comes after them. */
  ordered: number;
  /** Bytes of the dictionary page. */
  bytes: number;
  /** Bits of a code. */
  width: number;
}

/**
 * Bits of a code. Codes of more than two bits take whole bytes: zstd finds repeats of bytes only, so more bits become
 * fewer bytes (on CloudTrail columns, a quarter to two thirds fewer).
 */
function codeWidth(size: number): number {
  const bits = widthOf(size);
  return bits <= 2 ? bits : (bits + 7) & ~7;
}

/** The hash table that a column's values are looked up in. */
class Entries {
  places = scratch(SCRATCH.entries, INITIAL_TABLE);
  hashes = scratch(SCRATCH.hashes, INITIAL_TABLE);
  /** Twice as long as the number of entries that fit; -1 is a free slot. */
  table: Int32Array;
  mask = INITIAL_TABLE - 1;
  size = 0;
  bytes = 0;
  probes = 0;

  constructor() {
    this.table = scratch(SCRATCH.table, INITIAL_TABLE).fill(-1, 0, INITIAL_TABLE);
  }

  /**
   * Adds an entry in a free slot of the table. Returns false if the dictionary is not worth continuing.
   * @param seen values that were looked up so far
   */
  add(slot: number, place: number, hash: number, bytes: number, seen: number): boolean {
    const entry = this.size++;
    this.bytes += bytes;
    if (this.bytes > MAX_BYTES || this.probes > MAX_PROBES * (seen + TRIAL_ENTRIES)) return false;
    if (entry >= TRIAL_ENTRIES && (entry & 255) === 0 && entry > MOSTLY_NEW * seen) return false;
    if (entry === this.places.length) this.places = doubled(SCRATCH.entries, this.places);
    if (entry === this.hashes.length) this.hashes = doubled(SCRATCH.hashes, this.hashes);
    this.places[entry] = place;
    this.hashes[entry] = hash;
    this.table[slot] = entry;
    if (this.size * 2 > this.mask) this.grow();
    return true;
  }

  private grow(): void {
    const length = (this.mask + 1) * 4;
    this.mask = length - 1;
    this.table = scratch(SCRATCH.table, length).fill(-1, 0, length);
    for (let entry = 0; entry < this.size; entry++) {
      let slot = this.hashes[entry] & this.mask;
      while (this.table[slot] >= 0) slot = (slot + 1) & this.mask;
      this.table[slot] = entry;
    }
  }

  with(codes: Int32Array): Dictionary {
    const { places: entries, size, bytes } = this;
    return { codes, entries, size, ordered: size, bytes, width: codeWidth(size) };
  }
}

/**
 * The dictionary of strings; entries are positions in the column. `undefined` if most values are distinct.
 * @param positions of the `count` values, in `offsets`
 */
export function stringDictionary(
  view: DataView,
  offsets: Int32Array,
  positions: Int32Array,
  count: number,
): Dictionary | undefined {
  const codes = scratch(SCRATCH.codes, count);
  const known = new Entries();
  let code = -1;
  let last = 0;
  let lastLength = -1;
  for (let i = 0; i < count; i++) {
    const position = positions[i];
    const start = offsets[position];
    const length = offsets[position + 1] - start;
    // Most values are equal to the one before.
    if (length === lastLength && sameWords(view, start, view, last, length)) {
      codes[i] = code;
      continue;
    }
    const hash = hashOf(view, start, length);
    let slot = hash & known.mask;
    for (;;) {
      code = known.table[slot];
      if (code < 0) {
        code = known.size;
        if (!known.add(slot, position, hash, length + 4, i)) return undefined;
        break;
      }
      if (known.hashes[code] === hash) {
        const place = known.places[code];
        const at = offsets[place];
        if (offsets[place + 1] - at === length && sameWords(view, start, view, at, length)) break;
      }
      known.probes++;
      slot = (slot + 1) & known.mask;
    }
    codes[i] = code;
    last = start;
    lastLength = length;
  }
  return known.with(codes);
}

/** The dictionary of values of one or two words each; entries are numbers of values. */
export function wordDictionary(words: Int32Array, width: number, count: number): Dictionary | undefined {
  const codes = scratch(SCRATCH.codes, count);
  const known = new Entries();
  let code = -1;
  let lastLow = 0;
  let lastHigh = 0;
  for (let i = 0; i < count; i++) {
    const low = words[i * width];
    const high = width === 2 ? words[i * 2 + 1] : 0;
    if (code >= 0 && low === lastLow && high === lastHigh) {
      codes[i] = code;
      continue;
    }
    const hash = finish(Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b));
    let slot = hash & known.mask;
    for (;;) {
      code = known.table[slot];
      if (code < 0) {
        code = known.size;
        if (!known.add(slot, i, hash, width * 4, i)) return undefined;
        break;
      }
      const place = known.places[code] * width;
      if (words[place] === low && (width === 1 || words[place + 1] === high)) break;
      known.probes++;
      slot = (slot + 1) & known.mask;
    }
    codes[i] = code;
    lastLow = low;
    lastHigh = high;
  }
  return known.with(codes);
}

/**
 * The dictionary with its entries in the given order, and codes of that order.
 * @param order the number of each entry
 * @param ordered how many of them are in the order
 */
export function inOrder(dictionary: Dictionary, order: Int32Array, count: number, ordered: number): Dictionary {
  const { codes, entries, size } = dictionary;
  const sorted = scratch(SCRATCH.sorted, size);
  const newCodes = scratch(SCRATCH.newCodes, size);
  for (let code = 0; code < size; code++) {
    sorted[code] = entries[order[code]];
    newCodes[order[code]] = code;
  }
  for (let i = 0; i < count; i++) codes[i] = newCodes[codes[i]];
  return { ...dictionary, entries: sorted, ordered };
}

function hashOf(view: DataView, start: number, length: number): number {
  let one = length;
  let two = 0;
  let i = start;
  const end = start + length;
  // Two sums at once: a multiplication takes three cycles, but the next one can start in the meantime.
  for (; i + 8 <= end; i += 8) {
    one = Math.imul(one ^ view.getInt32(i, true), 0x9e3779b1);
    two = Math.imul(two ^ view.getInt32(i + 4, true), 0x85ebca6b);
    one ^= one >>> 15;
    two ^= two >>> 13;
  }
  if (i + 4 <= end) {
    one = Math.imul(one ^ view.getInt32(i, true), 0x9e3779b1);
    one ^= one >>> 15;
    i += 4;
  }
  for (; i < end; i++) two = Math.imul(two ^ view.getUint8(i), 0x01000193);
  return finish(one ^ Math.imul(two, 0xc2b2ae35));
}

/** Spreads the bits of a hash (the finalizer of MurmurHash3). */
function finish(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
