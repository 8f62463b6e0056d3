/**
 * Hashes of values: 48 evenly distributed bits, which a double represents exactly, so that no object is made for a value.
 * Someone who causes log entries can choose texts with equal hashes, so the only effect of equal hashes may be that a file
 * appears to have more values than it has, and a search opens it unnecessarily. No text may be left out because another one
 * has its hash.
 */

/** Bits of a hash. */
export const HASH_BITS = 48;
const LOW = 2 ** 16;

/** The hash of the bytes from `from` to `to`, from 0 up to, but not including, 2^48. `words` are the bytes to read. */
export function hashOfBytes(words: DataView, from: number, to: number, seed = 0): number {
  const length = to - from;
  let one = seed ^ length;
  let two = 0x9e3779b1 ^ seed;
  let at = from;
  for (const whole = to - 3; at < whole; at += 4) {
    const word = words.getInt32(at, true);
    // MurmurHash3 (x86, 32 bits) is one half; the other is independent of it.
    let mixed = Math.imul(word, 0xcc9e2d51);
    mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
    one ^= mixed;
    one = (Math.imul((one << 13) | (one >>> 19), 5) + 0xe6546b64) | 0;
    two = Math.imul(two ^ word, 0x2c1b3c6d);
    two ^= two >>> 15;
  }
  if (at < to) {
    let word = 0;
    for (let shift = 0; at < to; at++, shift += 8) word |= words.getUint8(at) << shift;
    let mixed = Math.imul(word, 0xcc9e2d51);
    mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
    one ^= mixed;
    two = Math.imul(two ^ word, 0x2c1b3c6d);
    two ^= two >>> 15;
  }
  one = finished(one ^ two);
  two = finished((two + one) | 0);
  return (one >>> 0) * LOW + (two >>> 16);
}

/** MurmurHash3's fmix32. */
function finished(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** The hash of a text. */
export function hashOfText(text: string, seed?: number): number {
  const bytes = Buffer.from(text);
  return hashOfBytes(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length, seed);
}

/** A growing set of hashes. */
export class HashSet {
  size = 0;
  private slots: Float64Array;

  /** @param expected number of hashes that it has room for without growing */
  constructor(expected = 0) {
    this.slots = new Float64Array(1024 << Math.max(0, Math.ceil(Math.log2(expected / 512 || 1)))).fill(EMPTY);
  }

  /** Adds a hash; returns false if the set has it. */
  add(hash: number): boolean {
    const { slots } = this;
    const mask = slots.length - 1;
    // Not the lowest bits alone, which hashes of one block share.
    for (let slot = (hash / LOW) & mask; ; slot = (slot + 1) & mask) {
      const found = slots[slot];
      if (found === hash) return false;
      if (found !== EMPTY) continue;
      slots[slot] = hash;
      if (++this.size * 2 > slots.length) this.grow();
      return true;
    }
  }

  /** The hashes, ascending. */
  sorted(): Float64Array {
    const hashes = new Float64Array(this.size);
    let count = 0;
    for (const hash of this.slots) if (hash !== EMPTY) hashes[count++] = hash;
    return hashes.sort();
  }

  private grow(): void {
    const old = this.slots;
    this.slots = new Float64Array(old.length * 2).fill(EMPTY);
    this.size = 0;
    for (const hash of old) if (hash !== EMPTY) this.add(hash);
  }
}

const EMPTY = -1;
