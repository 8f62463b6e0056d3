/**
 * Triggers garbage collection. File contents are outside of V8's heap, and decoding allocates little on it: V8 would not collect
 * until there is so much unused memory outside that it does a full collection, which also discards optimized code.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of short-lived buffers: collecting new objects takes about 1 ms, and decoding this many bytes 200. */
const COLLECT_NEW_AFTER = 16 << 20;

/** Bytes of buffers that may have become old: a full collection takes about 20 ms, on several cores. */
const COLLECT_ALL_AFTER = 64 << 20;

/** A buffer of this many bytes is used for so long that V8 may consider it old. */
const LONG_LIVED = 8 << 20;

let collect: ((options?: { type: 'minor' }) => void) | undefined;
let newBytes = 0;
let oldBytes = 0;

/** Records that a new buffer of `size` bytes becomes garbage in this thread once its functions have returned. */
export function noteFreed(size: number): void {
  if (size < LONG_LIVED) newBytes += size;
  else oldBytes += size;
}

/** Records that buffers of `size` bytes, which were used for long, became garbage in this thread. */
export function noteDropped(size: number): void {
  oldBytes += size;
}

/** Collects garbage if many bytes were freed. Call it before allocating new buffers. */
export function collectBuffers(): void {
  const isFull = oldBytes >= COLLECT_ALL_AFTER;
  if (!isFull && newBytes < COLLECT_NEW_AFTER) return;
  newBytes = 0;
  if (isFull) oldBytes = 0;
  if (collect === undefined) {
    // The only way to get `gc` at runtime: https://nodejs.org/api/v8.html#v8setflagsfromstringflags
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as typeof collect;
    setFlagsFromString('--no-expose-gc');
  }
  collect?.(isFull ? undefined : { type: 'minor' });
}
