/** How long to wait before a request is repeated. */

/** How waits grow. */
export interface Waits {
  /** Longest wait after the first failure, milliseconds; it doubles with each further one. */
  firstMs: number;
  /** No wait is longer, milliseconds. */
  maxMs: number;
  /** The least part of that wait, 0 to 1; the rest is random, so that clients that failed together do not come back together. */
  leastShare: number;
}

/** Milliseconds to wait after the `failed`th failure in a row (from 1). `random`: like Math.random; for tests. */
export function backoff(failed: number, waits: Waits, random: () => number = Math.random): number {
  const longest = Math.min(waits.maxMs, waits.firstMs * 2 ** (failed - 1));
  return Math.round(longest * (waits.leastShare + (1 - waits.leastShare) * random()));
}
