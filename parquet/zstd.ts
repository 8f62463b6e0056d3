/** zstd in WebAssembly: Node itself has zstd only since 22.15. */
import { compress, decompress, init } from '@bokuweb/zstd-wasm';

/**
 * Most Parquet writers use level 1. On CloudTrail columns, level 3 is no smaller and takes more time, except for plain
 * numbers: times become a seventh smaller.
 */
export type ZstdLevel = 1 | 3;

let loaded: Promise<void> | undefined;

/** Compiles the WebAssembly module, once per thread. Call it before {@link zstd}. */
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
