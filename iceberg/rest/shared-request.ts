/** One request for several callers, each of which may give up on its own. */
import { untilAborted } from '../../storage/cancellation.js';

/** A request that several callers wait for. */
export interface SharedRequest<T> {
  /** The answer, or the reason of the caller's signal when it is aborted first. */
  wait(signal?: AbortSignal): Promise<T>;
  /** The last caller has given up before the answer: the request is aborted, and a new caller has to start another one. */
  readonly isAbandoned: boolean;
}

/** Starts a request. It is aborted when every caller that waited for it has given up. */
export function shareRequest<T>(request: (signal: AbortSignal) => Promise<T>): SharedRequest<T> {
  const stop = new AbortController();
  let waiting = 0;
  let isSettled = false;
  const answer = request(stop.signal).finally(() => {
    isSettled = true;
  });
  // Callers get the error from `wait`; without one it must not end the process.
  answer.catch(() => {});
  return {
    async wait(signal) {
      waiting++;
      try {
        return await untilAborted(answer, signal);
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
