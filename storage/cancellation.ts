/** Waits that can be aborted. All of them reject with the signal's reason. */
import { setTimeout as delay } from 'node:timers/promises';

/** Waits `ms` milliseconds. If `signal` is aborted, rejects immediately with the signal's reason. */
export async function abortableDelay(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    // Node wraps the reason in its own AbortError.
    signal?.throwIfAborted();
    throw error;
  }
}

/**
 * Resolves or rejects with `pending`, or rejects with the signal's reason if it is aborted first. The operation behind
 * `pending` is not stopped. Unlike `AbortSignal.any`, this removes its listener again: an activity's signal is long-lived.
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
