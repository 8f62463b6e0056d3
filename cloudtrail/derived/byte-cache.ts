/**
 * Answers by the bytes of a text, so that a text that comes again and again is neither made a string nor asked about
 * again. Of fixed size: sets of a few slots each, in which the oldest entry makes room. A collision only costs time.
 */

/** Powers of two. */
const SETS = 512;
const WAYS = 4;
/** Longer texts are answered each time: CloudTrail cuts what is looked up here at 1 KB. */
const MAX_KEY_BYTES = 1024;
/** Bytes of a text that its hash looks at, beside its length. */
const SAMPLES = 24;

/** Caches a function of a text. */
export class ByteCache<Answer> {
  private readonly hashes = new Int32Array(SETS * WAYS);
  private readonly keys: (Uint8Array | undefined)[] = new Array(SETS * WAYS).fill(undefined);
  private readonly answers: (Answer | undefined)[] = new Array(SETS * WAYS).fill(undefined);
  /** The way of each set that is written next. */
  private readonly oldest = new Uint8Array(SETS);
  /** The slot that answered last: a caller's requests come in runs. */
  private last = 0;

  constructor(private readonly answerTo: (text: string) => Answer) {}

  /** The answer for the UTF-8 text `bytes[from..to)`. */
  get(bytes: Uint8Array, from: number, to: number): Answer {
    const latest = this.keys[this.last];
    if (latest !== undefined && sameBytes(latest, 0, latest.length, bytes, from, to))
      return this.answers[this.last] as Answer;
    const hash = hashOf(bytes, from, to);
    const first = (hash & (SETS - 1)) * WAYS;
    for (let slot = first; slot < first + WAYS; slot++) {
      const key = this.keys[slot];
      if (key === undefined) break;
      if (this.hashes[slot] === hash && sameBytes(key, 0, key.length, bytes, from, to)) {
        this.last = slot;
        return this.answers[slot] as Answer;
      }
    }
    return this.miss(bytes, from, to, hash);
  }

  private miss(bytes: Uint8Array, from: number, to: number, hash: number): Answer {
    const key = Buffer.from(bytes.subarray(from, to));
    const answer = this.answerTo(key.toString());
    if (key.length <= MAX_KEY_BYTES) {
      const set = hash & (SETS - 1);
      const slot = set * WAYS + this.oldest[set];
      this.oldest[set] = (this.oldest[set] + 1) % WAYS;
      this.last = slot;
      this.hashes[slot] = hash;
      this.keys[slot] = key;
      this.answers[slot] = answer;
    }
    return answer;
  }
}

/** FNV-1a over all bytes of a short text, and over evenly spread ones of a long text. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  const size = to - from;
  let hash = 0x811c9dc5 ^ size;
  const step = size <= SAMPLES ? 1 : Math.ceil(size / SAMPLES);
  for (let i = from; i < to; i += step) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return hash ^ (hash >>> 15);
}

/** From this length on the engine's memcmp is worth its call. */
const MEMCMP_BYTES = 96;

/** Are `a[aFrom..aTo)` and `b[bFrom..bTo)` the same bytes? */
export function sameBytes(
  a: Uint8Array,
  aFrom: number,
  aTo: number,
  b: Uint8Array,
  bFrom: number,
  bTo: number,
): boolean {
  if (aTo - aFrom !== bTo - bFrom) return false;
  if (aTo - aFrom >= MEMCMP_BYTES) return Buffer.prototype.compare.call(a, b, bFrom, bTo, aFrom, aTo) === 0;
  for (let i = aFrom, j = bFrom; i < aTo; ) if (a[i++] !== b[j++]) return false;
  return true;
}
