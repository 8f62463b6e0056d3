/**
 * Retries of requests. The SDK's own retries end when the response headers arrive, so they do not cover a truncated body, and
 * they keep waiting after the caller has aborted. The SDK's classification of errors is used.
 */
import { isThrottlingError, isTransientError } from '@smithy/core/retry';
import { backoff } from '../backoff.js';
import { abortableDelay } from '../cancellation.js';
import { errorFactsOf } from './facts.js';

/** Adds up to at most 3 s of delays, 15 s if the store is throttling. After that, the activity is retried. */
const MAX_ATTEMPTS = 5;
/** The SDK's values. */
const BACKOFF = {
  transient: { firstMs: 200, maxMs: 10_000, minShare: 0 },
  throttled: { firstMs: 1_000, maxMs: 10_000, minShare: 0 },
};

/** A response body that was shorter or longer than its Content-Length, or stalled. */
export class BrokenBody extends Error {
  override readonly name = 'BrokenBody';
}

/** Runs `attempt` until it succeeds, fails with an error that cannot be retried, or has failed {@link MAX_ATTEMPTS} times. */
export async function retrying<T>(signal: AbortSignal | undefined, attempt: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      // Check this first: the error of an aborted request depends on when it was aborted.
      signal?.throwIfAborted();
      if (failures >= MAX_ATTEMPTS || !isRetryable(error)) throw error;
      await abortableDelay(backoff(failures, isThrottled(error) ? BACKOFF.throttled : BACKOFF.transient), signal);
    }
  }
}

/** Whether the store is throttling: 429, SlowDown and similar codes, and 503, which S3 uses for nothing else. */
export function isThrottled(error: unknown): boolean {
  return errorFactsOf(error).status === 503 || isThrottlingError(asSdkError(error));
}

/** Codes for a temporary conflict with another request. */
const CONFLICTS = ['ConditionalRequestConflict', 'OperationAborted'];

function isRetryable(error: unknown): boolean {
  if (error instanceof BrokenBody || isThrottled(error)) return true;
  const { name, code, status } = errorFactsOf(error);
  // 501: the server does not implement the feature.
  if (status === 501) return false;
  if (CONFLICTS.includes(name) || code === 'ECONNRESET' || code === 'EPIPE') return true;
  return isTransientError(asSdkError(error)) || (status ?? 0) >= 500;
}

/** The SDK checks names, codes and statuses; each of them may be missing. */
function asSdkError(error: unknown): Parameters<typeof isTransientError>[0] {
  return Object(error);
}
