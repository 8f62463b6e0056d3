/** Waits that end when the caller gives up. All of them reject with the reason of the signal. */
import { setTimeout as delay } from 'node:timers/promises';

/** Waits `ms` milliseconds. An aborted `signal` ends the wait at once: it rejects with the signal's reason. */
export async function abortableDelay(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    // Node wraps the reason in an error of its own.
    signal?.throwIfAborted();
    throw error;
  }
}

/**
 * The result of `pending`, or the signal's reason when it is aborted first. What `pending` stands for is not stopped. The
 * listener is removed again, which `AbortSignal.any` would not do: the signal of an activity lives long.
 */
export function untilAborted<T>(pending: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return pending;
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    pending.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
