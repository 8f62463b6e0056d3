/**
 * Collects hashes, most of them different, and puts them in order. They are written one after the other: looking each of them
 * up in a table of all would take longer, because the table of a large file is larger than the processor's cache.
 */
import { returnBuffer, takeBuffer } from '../columnar/buffers.js';
import { HASH_BITS } from './hash.js';

/** The last hashes: 2,048 fit into a processor's fastest cache. Most repeated ones are among them. */
const RECENT = 2_048;
/** At least this many hashes fit. */
const LEAST_ROOM = 1_024;
/** A bucket with more hashes is put in order by a slower method, whose time does not depend on what they are. */
const LARGE_BUCKET = 64;

/** A growing collection. */
export class HashCollector {
  private readonly recent = new Float64Array(RECENT).fill(-1);
  private hashes: Float64Array;
  private size = 0;

  /** @param expected number of hashes that it has room for without growing */
  constructor(expected = 0) {
    this.hashes = arrayFor(expected);
  }

  /** Adds a hash, a whole number of HASH_BITS bits. */
  add(hash: number): void {
    const slot = hash & (RECENT - 1);
    if (this.recent[slot] === hash) return;
    this.recent[slot] = hash;
    if (this.size === this.hashes.length) this.grow();
    this.hashes[this.size++] = hash;
  }

  /** Returns the hashes, ascending and each once, and frees the memory: nothing can be added any more. */
  take(): Float64Array {
    this.putInOrder();
    const hashes = this.hashes.slice(0, this.size);
    returnBuffer(this.hashes.buffer);
    return hashes;
  }

  private grow(): void {
    this.putInOrder();
    // If many were repeated, there is room now.
    if (this.size * 2 <= this.hashes.length) return;
    const larger = arrayFor(this.hashes.length * 2);
    larger.set(this.hashes);
    returnBuffer(this.hashes.buffer);
    this.hashes = larger;
  }

  private putInOrder(): void {
    const to = arrayFor(this.hashes.length);
    this.size = putInOrder(this.hashes.subarray(0, this.size), to);
    returnBuffer(this.hashes.buffer);
    this.hashes = to;
  }
}

/** An array of arbitrary content. */
const arrayFor = (length: number): Float64Array =>
  new Float64Array(takeBuffer(8 * Math.max(LEAST_ROOM, 2 ** Math.ceil(Math.log2(length || 1)))));

/** Writes the hashes to `to` in order and each once, and returns how many these are. */
function putInOrder(hashes: Float64Array, to: Float64Array): number {
  // Hashes are evenly distributed, so their first bits nearly put them in order.
  const buckets = Math.max(LEAST_ROOM, to.length >> 2);
  const scale = buckets / 2 ** HASH_BITS;
  const ends = new Int32Array(takeBuffer(4 * buckets)).fill(0);
  for (const hash of hashes) ends[(hash * scale) | 0]++;
  for (let bucket = 0, before = 0; bucket < buckets; bucket++) {
    const size = ends[bucket];
    ends[bucket] = before;
    before += size;
  }
  // Now the first place of each bucket; from here on, the end of those that it has.
  for (const hash of hashes) to[ends[(hash * scale) | 0]++] = hash;
  let count = 0;
  let from = 0;
  for (let bucket = 0; bucket < buckets; bucket++) {
    const end = ends[bucket];
    // Someone who causes log entries can choose texts whose hashes are all in one bucket.
    if (end - from > LARGE_BUCKET) to.subarray(from, end).sort();
    const first = count;
    for (; from < end; from++) {
      const hash = to[from];
      let at = count;
      while (at > first && to[at - 1] > hash) at--;
      if (at > first && to[at - 1] === hash) continue;
      for (let other = count; other > at; other--) to[other] = to[other - 1];
      to[at] = hash;
      count++;
    }
  }
  returnBuffer(ends.buffer);
  return count;
}
