/** One request shared by several callers, each of which can abort independently. */
import { untilAborted } from '../../storage/cancellation.js';

/** A request that several callers wait for. */
export interface SharedRequest<T> {
  /** The result; rejects with the reason of the caller's signal if it is aborted first. */
  wait(signal?: AbortSignal): Promise<T>;
  /** All callers aborted before the result, so the request was aborted; a new caller must start another one. */
  readonly isAbandoned: boolean;
}

/** Starts a request. It is aborted if all callers that wait for it have aborted. */
export function shareRequest<T>(request: (signal: AbortSignal) => Promise<T>): SharedRequest<T> {
  const stop = new AbortController();
  let waiting = 0;
  let isSettled = false;
  const response = request(stop.signal).finally(() => {
    isSettled = true;
  });
  // Callers get the error from `wait`; without callers, a rejection must not crash the process.
  response.catch(() => {});
  return {
    async wait(signal) {
      waiting++;
      try {
        return await untilAborted(response, signal);
      } finally {
        waiting--;
        if (waiting === 0 && !isSettled) stop.abort();
      }
    },
    get isAbandoned() {
      return stop.signal.aborted;
    },
  };
}
