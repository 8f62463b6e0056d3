/**
 * A store with a timeout for each call. A dead connection or a hanging disk would block an activity until its own timeout of
 * half an hour, so a call that does not complete in time fails with `StorageUnavailable`, which is retried.
 *
 * The effect of such a call is unknown: a write may still complete later. Callers that must know read it back (see
 * metadata-files.ts).
 */
import { StorageUnavailable } from '../errors/index.js';
import { PAGE_SIZE } from './keys.js';
import { type ListPage, type ObjectStore, objectUri } from './object-store.js';

/** Wraps `store` with a timeout of `timeoutMs` per call; for a listing, per page. */
export function withDeadline(store: ObjectStore, timeoutMs: number): ObjectStore {
  const limit = <T>(
    name: string,
    key: string,
    signal: AbortSignal | undefined,
    call: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => withTimeout(timeoutMs, timeoutError(store, name, key, timeoutMs), signal, call);

  async function* list(prefix: string, options: Parameters<ObjectStore['list']>[1] = {}): AsyncGenerator<ListPage> {
    // One signal for the whole listing: the store gets it when the listing starts.
    const stop = new AbortController();
    const pages = store.list(prefix, { ...options, signal: stop.signal })[Symbol.asyncIterator]();
    let complete = false;
    try {
      for (;;) {
        const page = await withTimeout(
          timeoutMs,
          timeoutError(store, 'list', prefix, timeoutMs),
          options.signal,
          () => pages.next(),
          stop,
        );
        if (page.done) break;
        yield page.value;
      }
      complete = true;
    } finally {
      // Not awaited: if the listing hangs, `return` would hang with it, waiting for the pending page.
      if (!complete) pages.return?.().then(undefined, () => {});
    }
  }

  return {
    uri: store.uri,
    directory: store.directory,
    list,
    get: (key, options = {}) => limit('get', key, options.signal, (signal) => store.get(key, { ...options, signal })),
    getRange: (key, range, options = {}) =>
      limit('get', key, options.signal, (signal) => store.getRange(key, range, { signal })),
    head: (key, options = {}) =>
      limit('head', key, options.signal, (signal) => store.head(key, { ...options, signal })),
    put: (key, body, options = {}) =>
      limit('put', key, options.signal, (signal) => store.put(key, body, { ...options, signal })),
    delete: (key, options = {}) => limit('delete', key, options.signal, (signal) => store.delete(key, { signal })),
    deleteAll: async (keys, options = {}) => {
      for (let from = 0; from < keys.length; from += PAGE_SIZE) {
        const some = keys.slice(from, from + PAGE_SIZE);
        await limit('delete', some[0], options.signal, (signal) => store.deleteAll(some, { signal }));
      }
    },
  };
}

function timeoutError(store: ObjectStore, name: string, key: string, timeoutMs: number): () => StorageUnavailable {
  return () =>
    new StorageUnavailable(
      `${objectUri(store, key)}: ${name} timed out after ${timeoutMs / 1000} s (worker.storage_timeout_seconds).`,
    );
}

/**
 * Settles with the call's result, the caller's abort or the timeout, whichever comes first, even if the call ignores its
 * signal. Unlike `AbortSignal.any`, this removes its listener again: the caller's signal lives as long as an activity and sees
 * many thousands of calls.
 */
function withTimeout<T>(
  timeoutMs: number,
  onTimeout: () => StorageUnavailable,
  outer: AbortSignal | undefined,
  call: (signal: AbortSignal) => Promise<T>,
  stop = new AbortController(),
): Promise<T> {
  let cleanUp = (): void => {};
  const result = new Promise<T>((resolve, reject) => {
    outer?.throwIfAborted();
    const end = (reason: unknown): void => {
      // Reject first: the call may reject with its own error when it is aborted.
      reject(reason);
      stop.abort(reason);
    };
    const onAbort = (): void => end(outer?.reason);
    const timer = setTimeout(() => end(onTimeout()), timeoutMs);
    outer?.addEventListener('abort', onAbort, { once: true });
    cleanUp = () => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', onAbort);
    };
    (async () => call(stop.signal))().then(resolve, reject);
  });
  return result.finally(() => cleanUp());
}
