/**
 * 16-byte fingerprints of keys, objects and events, and a set of them: a table has millions of files, too many to hold their
 * names in memory. Two fingerprints collide with probability 2^-128.
 */
import { createHash } from 'node:crypto';

/** 32-bit words in a fingerprint. */
export const WORDS = 4;

/** The fingerprint of an object: the first half of the SHA-256 of its key and ETag. */
export function fingerprint(key: string, etag: string): Uint32Array {
  const digest = createHash('sha256').update(key).update('\0').update(etag).digest();
  return new Uint32Array(digest.buffer.slice(digest.byteOffset, digest.byteOffset + 16));
}

/**
 * A 32-bit hash of the 128 bits at `words[at .. at + 4)` whose bits are evenly distributed (MurmurHash3, x86_32). Ids are
 * not necessarily random: those of one batch may share their first words (UUIDv7, a service prefix) or their last.
 */
export function hashOf(words: Uint32Array, at: number): number {
  let hash = 0;
  for (let i = at; i < at + WORDS; i++) {
    let word = Math.imul(words[i], 0xcc9e2d51);
    word = Math.imul((word << 15) | (word >>> 17), 0x1b873593);
    hash ^= word;
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A set of fingerprints that numbers its members from 0 in insertion order. Open addressing, at most half full. */
export class FingerprintSet {
  size = 0;
  private table = new Uint32Array(1024 * WORDS);
  /** Number of the member + 1; 0 where the slot is free. */
  private numbers = new Uint32Array(1024);

  has(words: Uint32Array): boolean {
    return this.numberOf(words) >= 0;
  }

  /** The number of the fingerprint at `words[at .. at + 4)`; -1 if it is not a member. */
  numberOf(words: Uint32Array, at = 0): number {
    return this.numbers[this.slot(words, at)] - 1;
  }

  /** Adds the fingerprint at `words[at .. at + 4)`. Returns false if it was already a member. */
  add(words: Uint32Array, at = 0): boolean {
    if (this.size * 2 >= this.numbers.length) this.grow();
    const slot = this.slot(words, at);
    if (this.numbers[slot] !== 0) return false;
    this.put(slot, words, at, ++this.size);
    return true;
  }

  /** The maximum number of slots probed to find any member. Scans the whole table, so it is for tests only. */
  get longestSearch(): number {
    const mask = this.numbers.length - 1;
    let longest = 0;
    for (let slot = 0; slot <= mask; slot++) {
      if (this.numbers[slot] === 0) continue;
      longest = Math.max(longest, ((slot - hashOf(this.table, slot * WORDS)) & mask) + 1);
    }
    return longest;
  }

  private put(slot: number, words: Uint32Array, at: number, number: number): void {
    this.numbers[slot] = number;
    for (let i = 0; i < WORDS; i++) this.table[slot * WORDS + i] = words[at + i];
  }

  private slot(words: Uint32Array, at: number): number {
    const mask = this.numbers.length - 1;
    let slot = hashOf(words, at) & mask;
    while (this.numbers[slot] !== 0 && !this.equals(slot, words, at)) slot = (slot + 1) & mask;
    return slot;
  }

  private equals(slot: number, words: Uint32Array, at: number): boolean {
    for (let i = 0; i < WORDS; i++) if (this.table[slot * WORDS + i] !== words[at + i]) return false;
    return true;
  }

  private grow(): void {
    const { table, numbers } = this;
    this.table = new Uint32Array(table.length * 2);
    this.numbers = new Uint32Array(numbers.length * 2);
    for (let slot = 0; slot < numbers.length; slot++) {
      if (numbers[slot] === 0) continue;
      this.put(this.slot(table, slot * WORDS), table, slot * WORDS, numbers[slot]);
    }
  }
}
