/** Exponential backoff with jitter. */

/** Parameters of {@link backoff}. */
export interface BackoffSettings {
  /** Maximum delay after the first failure, in milliseconds; doubles with each further failure. */
  firstMs: number;
  /** Upper limit for all delays, in milliseconds. */
  maxMs: number;
  /** The fixed share of the delay, 0 to 1; the rest is random, so that clients that failed together do not retry together. */
  minShare: number;
}

/** Milliseconds to wait after the `failures`th consecutive failure (from 1). `random` is like Math.random; for tests. */
export function backoff(failures: number, settings: BackoffSettings, random: () => number = Math.random): number {
  const longest = Math.min(settings.maxMs, settings.firstMs * 2 ** (failures - 1));
  return Math.round(longest * (settings.minShare + (1 - settings.minShare) * random()));
}
