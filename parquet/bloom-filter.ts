/**
 * Split block Bloom filters of column chunks (Parquet format, "BloomFilter.md"): they rule out values that a chunk does not
 * have. Only chunks without a dictionary get one, because a dictionary gives the exact answer.
 */
import { type BloomInserter, bloomInserter, WASM_PAGE } from './bloom-wasm.js';

/** Chunks with fewer values can be read as fast as their filter. */
const FEWEST_VALUES = 512;
/**
 * Bits for each value: from 7 up to 14, because some readers only accept sizes that are powers of two. False positives
 * (measured): 5.7 % with 7 bits, 3.3 % with 8 (a full file of ingestion), 0.4 % with 12.
 */
const LEAST_BITS = 7;
/** Larger filters, of more than about 600,000 values, would take longer to read than they save. */
const MOST_BYTES = 1 << 19;
const BLOCK_BYTES = 32;
/** Bytes of values that are hashed at a time. */
const VALUE_BYTES = 1 << 16;

let loaded: BloomInserter | undefined;

/** A filter of strings; `undefined` if it is not worthwhile, or if a string is longer than 64 KiB. */
export function bloomFilter(
  data: Uint8Array,
  offsets: Int32Array,
  positions: Int32Array,
  count: number,
): Uint8Array | undefined {
  if (count < FEWEST_VALUES) return undefined;
  const bytes = 2 ** Math.ceil(Math.log2((count * LEAST_BITS) / 8));
  if (bytes > MOST_BYTES) return undefined;
  loaded ??= bloomInserter((MOST_BYTES + VALUE_BYTES) / WASM_PAGE);
  const memory = new Uint8Array(loaded.memory.buffer);
  memory.fill(0, 0, bytes);
  for (let next = 0; next < count; ) {
    const from = offsets[positions[next]];
    let to = from;
    let end = next;
    for (; end < count && offsets[positions[end] + 1] - from <= VALUE_BYTES; end++) to = offsets[positions[end] + 1];
    if (end === next) return undefined;
    memory.set(data.subarray(from, to), MOST_BYTES);
    for (; next < end; next++) {
      const start = offsets[positions[next]];
      const length = offsets[positions[next] + 1] - start;
      loaded.insert(MOST_BYTES + start - from, length, bytes / BLOCK_BYTES);
    }
  }
  return memory.slice(0, bytes);
}
