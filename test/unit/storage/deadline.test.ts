/** A call without an answer also ends: in time, with an error that is retried. */
import { StorageUnavailable } from '../../../errors/index.js';
import { withDeadline } from '../../../storage/deadline.js';
import { createMemoryStore } from '../../../storage/memory.js';
import type { ListPage, ObjectStore } from '../../../storage/object-store.js';

type Call = (store: ObjectStore, signal?: AbortSignal) => Promise<unknown>;

async function pagesOf(store: ObjectStore, signal?: AbortSignal): Promise<ListPage[]> {
  const pages: ListPage[] = [];
  for await (const page of store.list('', { signal })) pages.push(page);
  return pages;
}

const CALLS: [string, Call][] = [
  ['get', (store, signal) => store.get('k', { signal })],
  ['get', (store, signal) => store.getRange('k', { from: 0, length: 1 }, { signal })],
  ['head', (store, signal) => store.head('k', { signal })],
  ['put', (store, signal) => store.put('k', Buffer.from('x'), { signal })],
  ['delete', (store, signal) => store.delete('k', { signal })],
  ['delete', (store, signal) => store.deleteAll(['k'], { signal })],
  ['list', pagesOf],
];

/** Never answers. `seen` has the signals that it received, which it obeys or not. */
function silent(heeds: boolean, seen: AbortSignal[] = []): ObjectStore {
  const hang = (signal?: AbortSignal): Promise<never> => {
    if (signal) seen.push(signal);
    return new Promise((_resolve, reject) => {
      if (heeds) signal?.addEventListener('abort', () => reject(signal.reason));
    });
  };
  return {
    uri: 'memory://silent',
    // biome-ignore lint/correctness/useYield: it never gets to a page.
    async *list(_prefix, options) {
      await hang(options?.signal);
    },
    get: (_key, options) => hang(options?.signal),
    getRange: (_key, _range, options) => hang(options?.signal),
    head: (_key, options) => hang(options?.signal),
    put: (_key, _body, options) => hang(options?.signal),
    delete: (_key, options) => hang(options?.signal),
    deleteAll: (_keys, options) => hang(options?.signal),
  };
}

describe.each([
  ['heeds its signal', true],
  ['ignores its signal', false],
])('of a store that hangs and %s', (_name, heeds) => {
  it.each(CALLS)('%s becomes unavailable, and the call is aborted', async (name, call) => {
    const seen: AbortSignal[] = [];
    const answer = call(withDeadline(silent(heeds, seen), 20));
    await expect(answer).rejects.toBeInstanceOf(StorageUnavailable);
    await expect(answer).rejects.toThrow(`${name} timed out after 0.02 s`);
    expect(seen.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it.each(CALLS)('%s ends with the reason of the caller that aborted', async (_call, call) => {
    const seen: AbortSignal[] = [];
    const caller = new AbortController();
    const answer = call(withDeadline(silent(heeds, seen), 60_000), caller.signal);
    const reason = new Error('no longer wanted');
    caller.abort(reason);
    await expect(answer).rejects.toBe(reason);
    expect(seen.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it.each(CALLS)('%s does not start for a caller that has already aborted', async (_call, call) => {
    const reason = new Error('too late');
    await expect(call(withDeadline(silent(heeds), 60_000), AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('a listing', () => {
  /** Pages, each after this many milliseconds. */
  function slowly(...delays: number[]): ObjectStore {
    return {
      ...createMemoryStore('slow'),
      async *list() {
        for (const [index, ms] of delays.entries()) {
          await new Promise((resolve) => setTimeout(resolve, ms));
          yield { objects: [], prefixes: [`${index}/`] };
        }
      },
    };
  }

  it('has a timeout for each of its pages, not for the time between them', async () => {
    const store = withDeadline(slowly(30, 30, 30, 30), 80);
    const found: string[] = [];
    for await (const { prefixes } of store.list('')) {
      found.push(...prefixes);
      if (found.length === 1) await new Promise((resolve) => setTimeout(resolve, 120));
    }
    expect(found).toEqual(['0/', '1/', '2/', '3/']);
  });

  it('returns the pages that arrived, then the failure', async () => {
    const found: string[] = [];
    const read = async (): Promise<void> => {
      for await (const { prefixes } of withDeadline(slowly(0, 2_000), 40).list('')) found.push(...prefixes);
    };
    await expect(read()).rejects.toBeInstanceOf(StorageUnavailable);
    expect(found).toEqual(['0/']);
  });

  it('is closed by a reader that stops early', async () => {
    let closed = false;
    const store: ObjectStore = {
      ...createMemoryStore('endless'),
      async *list() {
        try {
          for (;;) yield { objects: [], prefixes: ['a/'] };
        } finally {
          closed = true;
        }
      },
    };
    for await (const _page of withDeadline(store, 1_000).list('')) break;
    expect(closed).toBe(true);
  });
});

it('leaves no listener on the signal of a caller with many calls', async () => {
  const caller = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = caller.signal;
  caller.signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners++;
    return addEventListener.apply(caller.signal, args);
  };
  caller.signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners--;
    return removeEventListener.apply(caller.signal, args);
  };
  const store = withDeadline(createMemoryStore('many'), 1_000);
  for (const [, call] of CALLS) await call(store, caller.signal).catch(() => {});
  await withDeadline(silent(false), 5)
    .get('k', { signal: caller.signal })
    .catch(() => {});
  expect(listeners).toBe(0);
});
