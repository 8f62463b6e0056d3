/**
 * Triggers garbage collection. Column buffers and file contents are outside of V8's heap, and decoding allocates little on it,
 * so V8 would only collect after several sets of buffers are unused.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes. Collecting takes some 20 ms, and decoding this many bytes a second. */
const COLLECT_AFTER = 64 << 20;

let collect: (() => void) | undefined;
let bytes = 0;

/** Records that buffers of `size` bytes become garbage in this thread once its functions have returned. */
export function noteFreed(size: number): void {
  bytes += size;
}

/** Collects garbage if many bytes were freed. Call it before allocating new buffers. */
export function collectBuffers(): void {
  if (bytes < COLLECT_AFTER) return;
  bytes = 0;
  if (collect === undefined) {
    // The only way to get `gc` at runtime: https://nodejs.org/api/v8.html#v8setflagsfromstringflags
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
    setFlagsFromString('--no-expose-gc');
  }
  collect();
}
