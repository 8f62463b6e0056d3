/**
 * Memory of column buffers that is used again. Each array buffer that V8 allocates outside of its heap brings a full garbage
 * collection nearer: with new buffers for each set of rows there were ten a second, which took a third of a worker's CPU time.
 */

/** Smaller buffers, in bytes, are not kept: they are cheap, and there are many. */
export const SMALLEST_KEPT = 1 << 10;

/** Bytes of unused buffers that a thread keeps. */
export const MOST_KEPT = 128 << 20;

/** Unused buffers by their size in bytes. Columns grow in fixed steps, so there are few sizes. */
const unused = new Map<number, ArrayBuffer[]>();
let kept = 0;

/** Returns a buffer of `size` bytes with any content. */
export function takeBuffer(size: number): ArrayBuffer {
  const buffer = unused.get(size)?.pop();
  if (buffer === undefined) return new ArrayBuffer(size);
  kept -= size;
  return buffer;
}

/** Takes a buffer back: it must no longer be used. Returns the bytes that become garbage because enough are kept. */
export function returnBuffer(buffer: ArrayBufferLike): number {
  const size = buffer.byteLength;
  if (size < SMALLEST_KEPT) return 0;
  if (kept + size > MOST_KEPT) return size;
  kept += size;
  const same = unused.get(size);
  if (same === undefined) unused.set(size, [buffer as ArrayBuffer]);
  else same.push(buffer as ArrayBuffer);
  return 0;
}
