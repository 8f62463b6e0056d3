/**
 * Tries again what may end otherwise. The SDK has a retry of its own, but it is over when the head of an answer is there, so a
 * body that is cut is not its business; and it sleeps on when the caller has given up. Its knowledge of errors is used.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isThrottlingError, isTransientError } from '@smithy/core/retry';
import { factsOf } from './facts.js';

/** With {@link waitBefore}: 3 s at the most, 15 s where the store is busy. What is not over then the run itself tries again. */
const TRIES = 5;
/** Milliseconds, as the SDK has them. */
const FIRST_WAIT = { weather: 100, throttled: 500 };
const LONGEST_WAIT = 10_000;

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
      await pause(waitBefore(failed, isThrottled(error)), signal);
    }
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** Whether the store asks for less: 429, SlowDown and its likes, and 503, which S3 says for nothing else. */
export function isThrottled(error: unknown): boolean {
  return factsOf(error).status === 503 || isThrottlingError(asSdkError(error));
}

/** Codes of what another request stands in the way of, for the moment. */
const CONFLICTS = ['ConditionalRequestConflict', 'OperationAborted'];

function isWorthAnother(error: unknown): boolean {
  if (error instanceof BrokenBody || isThrottled(error)) return true;
  const { name, code, status } = factsOf(error);
  // A server without a feature says 501, every time.
  if (status === 501) return false;
  if (CONFLICTS.includes(name) || code === 'ECONNRESET' || code === 'EPIPE') return true;
  return isTransientError(asSdkError(error)) || (status ?? 0) >= 500;
}

/** The SDK looks at names, codes and statuses, which may all be missing. */
function asSdkError(error: unknown): Parameters<typeof isTransientError>[0] {
  return Object(error);
}

/** Anywhere between nothing and twice as long as before: whoever failed together does not come back together. */
function waitBefore(failed: number, throttled: boolean): number {
  const base = throttled ? FIRST_WAIT.throttled : FIRST_WAIT.weather;
  return Math.random() * Math.min(LONGEST_WAIT, base * 2 ** failed);
}
