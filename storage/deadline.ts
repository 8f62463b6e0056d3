/**
 * A store with a time limit for each call. A dead connection or a hanging disk would block an activity until its own limit,
 * half an hour; so a call without an answer in time is `StorageUnavailable`, which is retried.
 *
 * What such a call did is unknown: a write may still arrive later. Callers that must know read it back (see metadata-files.ts).
 */
import { StorageUnavailable } from '../errors/index.js';
import { type ListPage, type ObjectStore, objectUri } from './object-store.js';

/** `store`, with `timeoutMs` for each call to answer; a listing has as long for each of its pages. */
export function withDeadline(store: ObjectStore, timeoutMs: number): ObjectStore {
  const limit = <T>(
    name: string,
    key: string,
    signal: AbortSignal | undefined,
    call: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => limited(timeoutMs, late(store, name, key, timeoutMs), signal, call);

  async function* list(prefix: string, options: Parameters<ObjectStore['list']>[1] = {}): AsyncGenerator<ListPage> {
    // One signal for the whole listing, which the store was given at its beginning.
    const stop = new AbortController();
    const pages = store.list(prefix, { ...options, signal: stop.signal })[Symbol.asyncIterator]();
    let whole = false;
    try {
      for (;;) {
        const page = await limited(
          timeoutMs,
          late(store, 'list', prefix, timeoutMs),
          options.signal,
          () => pages.next(),
          stop,
        );
        if (page.done) break;
        yield page.value;
      }
      whole = true;
    } finally {
      // Not waited for: the end of a listing that hangs would hang behind the page that never comes.
      if (!whole) pages.return?.().then(undefined, () => {});
    }
  }

  return {
    uri: store.uri,
    list,
    get: (key, options = {}) => limit('get', key, options.signal, (signal) => store.get(key, { ...options, signal })),
    head: (key, options = {}) => limit('head', key, options.signal, (signal) => store.head(key, { signal })),
    put: (key, body, options = {}) =>
      limit('put', key, options.signal, (signal) => store.put(key, body, { ...options, signal })),
    delete: (key, options = {}) => limit('delete', key, options.signal, (signal) => store.delete(key, { signal })),
  };
}

function late(store: ObjectStore, name: string, key: string, timeoutMs: number): () => StorageUnavailable {
  return () =>
    new StorageUnavailable(
      `${objectUri(store, key)}: no answer to ${name} within ${timeoutMs / 1000} s (worker.storage_timeout_seconds).`,
    );
}

/**
 * The call's answer, the caller's abort or the lateness, whichever comes first; also when the call ignores its signal.
 * The listener is taken away again, which `AbortSignal.any` would not do: the caller's signal lives as long as an
 * activity, and sees many thousand calls.
 */
function limited<T>(
  timeoutMs: number,
  lateness: () => StorageUnavailable,
  outer: AbortSignal | undefined,
  call: (signal: AbortSignal) => Promise<T>,
  stop = new AbortController(),
): Promise<T> {
  let settled = (): void => {};
  const answer = new Promise<T>((resolve, reject) => {
    outer?.throwIfAborted();
    const end = (reason: unknown): void => {
      // First: the call may reject with a reason of its own when it is told to stop.
      reject(reason);
      stop.abort(reason);
    };
    const onAbort = (): void => end(outer?.reason);
    const timer = setTimeout(() => end(lateness()), timeoutMs);
    outer?.addEventListener('abort', onAbort, { once: true });
    settled = () => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', onAbort);
    };
    (async () => call(stop.signal))().then(resolve, reject);
  });
  return answer.finally(() => settled());
}
