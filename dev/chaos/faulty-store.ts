/**
 * A store with injected faults. Every fault is drawn from a seeded random generator and reported before it happens, so that it
 * is counted even if it kills the process.
 */
import { StorageUnavailable } from '../../errors/index.js';
import type { Random } from '../../sample/random.js';
import { type ListPage, type ObjectStore, objectUri, type PutOptions } from '../../storage/object-store.js';
import { stepOf } from './steps.js';

/** A kind of call to a store. */
export type CallName = 'list' | 'get' | 'head' | 'put' | 'delete';

/**
 * - `fail`: the call is rejected without any effect.
 * - `slow-down`: the same, with the error of an overloaded store.
 * - `hang`: no response; the caller has to time out.
 * - `tear`: a write that stops in the middle.
 * - `lie`: the write is done, but the response is an error.
 * - `die-before`, `die-after`: the process dies at this call, before or after its effect.
 */
export type StoreFault = 'fail' | 'slow-down' | 'hang' | 'tear' | 'lie' | 'die-before' | 'die-after';

/** A fault that is about to happen, and its call. */
export interface FaultEvent {
  fault: StoreFault;
  call: CallName;
  step: string;
  key: string;
}

/** The call at which the process will die: the `nth` (from 1) write or deletion of its step. */
export interface PlannedCrash {
  step: string;
  nth: number;
  fault: 'die-before' | 'die-after';
}

/** The faults of a store, and the callbacks for them. */
export interface FaultOptions {
  random: Random;
  /** Probability of a fault for each kind of call, from 0 to 1. */
  rates: Readonly<Record<CallName, number>>;
  /** Milliseconds after which a hanging call fails: longer than any deadline. */
  hangMs: number;
  /** If false, all calls go through. Called before each one. */
  active(): boolean;
  plannedCrash?: PlannedCrash;
  /** Called before the fault happens. */
  onFault(event: FaultEvent): void;
  /** Kills the process, and never resolves. */
  die(): Promise<never>;
  /** Leaves part of a temporary file next to the key, like a writer that was killed. */
  leaveTemporary(key: string, part: Uint8Array): Promise<void>;
}

const READ_FAULTS: readonly { fault: StoreFault; weight: number }[] = [
  { fault: 'fail', weight: 4 },
  { fault: 'slow-down', weight: 4 },
  { fault: 'hang', weight: 1 },
];
const WRITE_FAULTS: readonly { fault: StoreFault; weight: number }[] = [
  { fault: 'fail', weight: 2 },
  { fault: 'slow-down', weight: 2 },
  { fault: 'hang', weight: 1 },
  { fault: 'tear', weight: 3 },
  { fault: 'lie', weight: 4 },
];

/** The store with faults; see {@link StoreFault}. */
export function faultyStore(store: ObjectStore, role: 'bucket' | 'warehouse', options: FaultOptions): ObjectStore {
  const { random, rates } = options;
  let callsOfStep = 0;

  function draw(call: CallName, key: string): { fault?: StoreFault } {
    if (!options.active()) return {};
    const step = stepOf(role, call, key);
    const report = (fault: StoreFault): { fault: StoreFault } => {
      options.onFault({ fault, call, step, key });
      return { fault };
    };
    const writes = call === 'put' || call === 'delete';
    const { plannedCrash } = options;
    if (writes && plannedCrash?.step === step && ++callsOfStep === plannedCrash.nth) return report(plannedCrash.fault);
    if (!random.chance(rates[call])) return {};
    const { fault } = random.weighted(writes ? WRITE_FAULTS : READ_FAULTS);
    // A deletion cannot be done halfway.
    return report(fault === 'tear' && call === 'delete' ? 'lie' : fault);
  }

  async function failBefore(
    fault: StoreFault | undefined,
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (fault === 'die-before') await options.die();
    if (fault === 'fail') throw unavailable(key, 'connection reset by peer');
    if (fault === 'slow-down') throw unavailable(key, '503 SlowDown: Please reduce your request rate.');
    if (fault === 'hang') await hang(key, signal);
  }

  const unavailable = (key: string, reason: string): StorageUnavailable =>
    new StorageUnavailable(`${objectUri(store, key)}: ${reason}`);

  function hang(key: string, signal: AbortSignal | undefined): Promise<never> {
    return new Promise((_resolve, reject) => {
      const timer = setTimeout(() => reject(unavailable(key, 'the connection timed out')), options.hangMs);
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      if (signal?.aborted) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    });
  }

  async function tear(key: string, body: Uint8Array, put: PutOptions): Promise<never> {
    const part = body.subarray(0, random.int(body.length));
    // An unconditional write may leave half of an object. A conditional write is atomic, because commits rely on it: at worst
    // it leaves a temporary file that no reader sees.
    if (put.ifNoneMatch === undefined) await store.put(key, part, put);
    else await options.leaveTemporary(key, part);
    throw unavailable(key, 'connection reset in the middle of the body');
  }

  async function failAfter(fault: StoreFault | undefined, key: string): Promise<void> {
    if (fault === 'die-after') await options.die();
    if (fault === 'lie') throw unavailable(key, 'connection reset while waiting for the response');
  }

  async function* list(prefix: string, query: Parameters<ObjectStore['list']>[1] = {}): AsyncGenerator<ListPage> {
    await failBefore(draw('list', prefix).fault, prefix, query.signal);
    for await (const page of store.list(prefix, query)) {
      yield page;
      // The next page is a separate request.
      await failBefore(draw('list', prefix).fault, prefix, query.signal);
    }
  }

  async function remove(key: string, request?: { signal?: AbortSignal }): Promise<void> {
    const { fault } = draw('delete', key);
    await failBefore(fault, key, request?.signal);
    await store.delete(key, request);
    await failAfter(fault, key);
  }

  return {
    uri: store.uri,
    // Half of the processes read the files of a directory in their decoder threads, the others through this store, with faults.
    directory: random.chance(0.5) ? store.directory : undefined,
    list,
    async get(key, request) {
      await failBefore(draw('get', key).fault, key, request?.signal);
      return store.get(key, request);
    },
    async getRange(key, range, request) {
      await failBefore(draw('get', key).fault, key, request?.signal);
      return store.getRange(key, range, request);
    },
    async head(key, request) {
      await failBefore(draw('head', key).fault, key, request?.signal);
      return store.head(key, request);
    },
    async put(key, body, request = {}) {
      const { fault } = draw('put', key);
      await failBefore(fault, key, request.signal);
      if (fault === 'tear') return tear(key, body, request);
      const written = await store.put(key, body, request);
      await failAfter(fault, key);
      return written;
    },
    delete: remove,
    // One by one, so that it can end between any two.
    async deleteAll(keys, request) {
      for (const key of keys) await remove(key, request);
    },
  };
}
