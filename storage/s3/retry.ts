/**
 * Retries of requests. The SDK has a retry of its own, but that ends with the head of an answer, so it does not cover a body
 * that is cut; and it keeps waiting when the caller has given up. Its classification of errors is used.
 */
import { isThrottlingError, isTransientError } from '@smithy/core/retry';
import { backoff } from '../backoff.js';
import { abortableDelay } from '../cancellation.js';
import { errorFactsOf } from './facts.js';

/** At most 3 s of waits, 15 s where the store is throttling. After that the activity is retried. */
const TRIES = 5;
/** As the SDK has them. */
const WAITS = {
  transient: { firstMs: 200, maxMs: 10_000, leastShare: 0 },
  throttled: { firstMs: 1_000, maxMs: 10_000, leastShare: 0 },
};

/** A body that ended before, or was longer than, its announced length; or went silent. */
export class BrokenBody extends Error {
  override readonly name = 'BrokenBody';
}

/** Runs `attempt` until it succeeds, fails for good, or has failed often enough. */
export async function retrying<T>(signal: AbortSignal | undefined, attempt: () => Promise<T>): Promise<T> {
  for (let failed = 1; ; failed++) {
    try {
      return await attempt();
    } catch (error) {
      // First: what an aborted request says depends on where it was.
      signal?.throwIfAborted();
      if (failed >= TRIES || !isWorthAnother(error)) throw error;
      await abortableDelay(backoff(failed, isThrottled(error) ? WAITS.throttled : WAITS.transient), signal);
    }
  }
}

/** Whether the store asks for less: 429, SlowDown and its likes, and 503, which S3 says for nothing else. */
export function isThrottled(error: unknown): boolean {
  return errorFactsOf(error).status === 503 || isThrottlingError(asSdkError(error));
}

/** Codes of what another request stands in the way of, for the moment. */
const CONFLICTS = ['ConditionalRequestConflict', 'OperationAborted'];

function isWorthAnother(error: unknown): boolean {
  if (error instanceof BrokenBody || isThrottled(error)) return true;
  const { name, code, status } = errorFactsOf(error);
  // A server without a feature says 501, every time.
  if (status === 501) return false;
  if (CONFLICTS.includes(name) || code === 'ECONNRESET' || code === 'EPIPE') return true;
  return isTransientError(asSdkError(error)) || (status ?? 0) >= 500;
}

/** The SDK looks at names, codes and statuses, which may all be missing. */
function asSdkError(error: unknown): Parameters<typeof isTransientError>[0] {
  return Object(error);
}
