/** zstd in WebAssembly. Node has its own only from 22.15 on. */
import { compress, decompress, init } from '@bokuweb/zstd-wasm';

/**
 * 1 is the level of most Parquet writers. On columns of CloudTrail, 3 is no smaller and takes more time, but for plain numbers:
 * of times it makes a seventh less.
 */
export type ZstdLevel = 1 | 3;

let loaded: Promise<void> | undefined;

/** Compiles the WebAssembly module, once in a thread. Call it before {@link zstd}. */
export function loadZstd(): Promise<void> {
  loaded ??= init();
  return loaded;
}

export function zstd(bytes: Uint8Array, level: ZstdLevel): Uint8Array {
  return compress(bytes, level);
}

/** Returns the decompressed bytes; there must be `size` of them. */
export function unzstd(packed: Uint8Array, size: number): Uint8Array {
  const bytes = decompress(packed, { defaultHeapSize: size });
  if (bytes.length !== size) throw new Error(`${bytes.length} bytes instead of ${size} when decompressed`);
  return bytes;
}
