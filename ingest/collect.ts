/**
 * Column buffers and texts of files are not on V8's heap, and decoding allocates nearly nothing there: left alone, the
 * collector comes when several sets of buffers lie about that nobody uses. So it is called when so many bytes were let go.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes; collecting takes some 20 ms, and decoding so many bytes a second. */
const ENOUGH = 64 << 20;

let collect: (() => void) | undefined;
let bytes = 0;

/** Says that buffers of so many bytes are let go in this thread, as soon as its functions have returned. */
export function letGo(size: number): void {
  bytes += size;
}

/** Before new buffers are made: frees those that were let go, if they are many. */
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
