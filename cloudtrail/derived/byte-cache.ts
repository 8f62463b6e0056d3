/**
 * Caches results by the bytes of a text, so that for a repeated text no string is created and nothing is recomputed. A
 * set-associative cache of fixed size: within a set, the oldest entry is evicted. A collision only costs time.
 */
import { Text } from '../../columnar/words.js';

/** Powers of two. */
const SETS = 512;
const SLOTS_PER_SET = 4;
/** Longer texts are not cached: CloudTrail truncates the fields that are looked up here at 1 KB. */
const MAX_KEY_BYTES = 1024;
/** Number of words of a text that its hash includes, besides the length. */
const SAMPLES = 8;

/** Caches a function of a text. */
export class ByteCache<Result> {
  private readonly hashes = new Int32Array(SETS * SLOTS_PER_SET);
  private readonly keys: (Text | undefined)[] = new Array(SETS * SLOTS_PER_SET).fill(undefined);
  private readonly results: (Result | undefined)[] = new Array(SETS * SLOTS_PER_SET).fill(undefined);
  /** The slot of each set that is written next. */
  private readonly oldest = new Uint8Array(SETS);
  /** The last slot that was found: consecutive records often come from the same caller. */
  private last = 0;

  constructor(private readonly compute: (text: string) => Result) {}

  /** The result for the UTF-8 text of the words from byte `from` to `to`. */
  get(words: DataView, from: number, to: number): Result {
    const latest = this.keys[this.last];
    if (latest?.equals(words, from, to)) return this.results[this.last] as Result;
    const hash = hashOf(words, from, to);
    const first = (hash & (SETS - 1)) * SLOTS_PER_SET;
    for (let slot = first; slot < first + SLOTS_PER_SET; slot++) {
      const key = this.keys[slot];
      if (key === undefined) break;
      if (this.hashes[slot] === hash && key.equals(words, from, to)) {
        this.last = slot;
        return this.results[slot] as Result;
      }
    }
    return this.miss(words, from, to, hash);
  }

  private miss(words: DataView, from: number, to: number, hash: number): Result {
    const key = new Text(new Uint8Array(words.buffer, words.byteOffset + from, to - from));
    const result = this.compute(key.toString());
    if (key.length <= MAX_KEY_BYTES) {
      const set = hash & (SETS - 1);
      const slot = set * SLOTS_PER_SET + this.oldest[set];
      this.oldest[set] = (this.oldest[set] + 1) % SLOTS_PER_SET;
      this.last = slot;
      this.hashes[slot] = hash;
      this.keys[slot] = key;
      this.results[slot] = result;
    }
    return result;
  }
}

/** FNV-1a over all words of a short text, and over evenly spread ones of a long text. */
function hashOf(words: DataView, from: number, to: number): number {
  const size = to - from;
  let hash = 0x811c9dc5 ^ size;
  const step = size <= SAMPLES * 4 ? 4 : Math.floor((size - 4) / (SAMPLES - 1));
  let at = from;
  for (; at + 4 <= to; at += step) hash = mixed(hash, words.getInt32(at, true));
  for (; at < to; at++) hash = mixed(hash, words.getUint8(at));
  return hash ^ (hash >>> 15);
}

/**
 * FNV's multiplication only carries bits upward; the shift mixes the upper bits of a word into the lower bits of the
 * hash.
 */
function mixed(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x01000193);
  return product ^ (product >>> 13);
}
