/**
 * Which objects are done? Answered with 16 bytes an object, not with its key: a day of an organization has hundreds of
 * thousands. The fingerprint is the first half of SHA-256 over key and ETag; by chance two are equal in one of 2^128.
 */
import { createHash } from 'node:crypto';

/** Four 32-bit words. */
export const WORDS = 4;

export function fingerprint(key: string, etag: string): Uint32Array {
  const digest = createHash('sha256').update(key).update('\0').update(etag).digest();
  return new Uint32Array(digest.buffer.slice(digest.byteOffset, digest.byteOffset + 16));
}

/** A set of fingerprints: open addressing, at most half full. */
export class FingerprintSet {
  size = 0;
  private table = new Uint32Array(1024 * WORDS);
  private used = new Uint8Array(1024);

  has(words: Uint32Array): boolean {
    return this.used[this.slot(words, 0)] === 1;
  }

  /** Adds the fingerprint at `words[at .. at + 4)`. */
  add(words: Uint32Array, at = 0): void {
    if (this.size * 2 >= this.used.length) this.grow();
    const slot = this.slot(words, at);
    if (this.used[slot] === 1) return;
    this.used[slot] = 1;
    for (let i = 0; i < WORDS; i++) this.table[slot * WORDS + i] = words[at + i];
    this.size++;
  }

  private slot(words: Uint32Array, at: number): number {
    const mask = this.used.length - 1;
    let slot = words[at] & mask;
    while (this.used[slot] === 1 && !this.equals(slot, words, at)) slot = (slot + 1) & mask;
    return slot;
  }

  private equals(slot: number, words: Uint32Array, at: number): boolean {
    for (let i = 0; i < WORDS; i++) if (this.table[slot * WORDS + i] !== words[at + i]) return false;
    return true;
  }

  private grow(): void {
    const { table, used } = this;
    this.table = new Uint32Array(table.length * 2);
    this.used = new Uint8Array(used.length * 2);
    this.size = 0;
    for (let slot = 0; slot < used.length; slot++) if (used[slot] === 1) this.add(table, slot * WORDS);
  }
}
