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
