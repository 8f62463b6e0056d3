/**
 * Triggers garbage collection. Column buffers and texts of files are not on V8's heap, and decoding allocates little on
 * it: V8 would collect only when several sets of unused buffers exist.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes; collecting takes some 20 ms, and decoding so many bytes a second. */
const ENOUGH = 64 << 20;

let collect: (() => void) | undefined;
let bytes = 0;

/** Notes that buffers of so many bytes become free in this thread once its functions have returned. */
export function noteFreed(size: number): void {
  bytes += size;
}

/** Called before new buffers are made: collects garbage if many bytes were freed. */
export function collectBuffers(): void {
  if (bytes < ENOUGH) return;
  bytes = 0;
  if (collect === undefined) {
    // There is no other way to ask for it: https://nodejs.org/api/v8.html#v8setflagsfromstringflags
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
    setFlagsFromString('--no-expose-gc');
  }
  collect();
}
