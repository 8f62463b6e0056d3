/**
 * A store that does what stores do on a bad day. Every fault is drawn from a seeded generator and told before it happens,
 * so that the counts outlive a process that it kills.
 */
import { StorageUnavailable } from '../../errors/index.js';
import type { Random } from '../../sample/random.js';
import { type ListPage, type ObjectStore, objectUri, type PutOptions } from '../../storage/object-store.js';
import { stepOf } from './steps.js';

/** A kind of call of a store. */
export type CallName = 'list' | 'get' | 'head' | 'put' | 'delete';

/**
 * - `fail`: refused before anything happened.
 * - `slow-down`: the same, in the words of a store that is asked too much.
 * - `hang`: no answer at all; whoever asked has to give up.
 * - `tear`: a write that stops in the middle.
 * - `lie`: the write is done, and the answer says that it is not.
 * - `die-before`, `die-after`: the process ends at this very call, without or with its effect.
 */
export type StoreFault = 'fail' | 'slow-down' | 'hang' | 'tear' | 'lie' | 'die-before' | 'die-after';

/** A fault that is about to happen, and to which call. */
export interface FaultEvent {
  fault: StoreFault;
  call: CallName;
  step: string;
  key: string;
}

/** The call at which the process shall die: the `nth` (from 1) write, or removal, of its step. */
export interface PlannedCrash {
  step: string;
  nth: number;
  fault: 'die-before' | 'die-after';
}

/** Which faults a store has, and what is called when one happens. */
export interface FaultOptions {
  random: Random;
  /** Chance of a fault of each kind of call, 0 … 1. */
  rates: Readonly<Record<CallName, number>>;
  /** Milliseconds after which a hanging call fails by itself: longer than any deadline. */
  hangMs: number;
  /** False: every call goes through. Asked before each one. */
  active(): boolean;
  sentence?: PlannedCrash;
  /** Told before the fault happens. */
  onFault(event: FaultEvent): void;
  /** Ends the process, and never comes back. */
  die(): Promise<never>;
  /** Leaves part of a temporary file beside the key, as a writer does that was killed. */
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
export function faultyStore(store: ObjectStore, role: 'bucket' | 'warehouse', trouble: FaultOptions): ObjectStore {
  const { random, rates } = trouble;
  let served = 0;

  function draw(call: CallName, key: string): { fault?: StoreFault } {
    if (!trouble.active()) return {};
    const step = stepOf(role, call, key);
    const tell = (fault: StoreFault): { fault: StoreFault } => {
      trouble.onFault({ fault, call, step, key });
      return { fault };
    };
    const writes = call === 'put' || call === 'delete';
    const { sentence } = trouble;
    if (writes && sentence?.step === step && ++served === sentence.nth) return tell(sentence.fault);
    if (!random.chance(rates[call])) return {};
    const { fault } = random.weighted(writes ? WRITE_FAULTS : READ_FAULTS);
    // There is nothing of a removal that could be left half done.
    return tell(fault === 'tear' && call === 'delete' ? 'lie' : fault);
  }

  async function suffer(fault: StoreFault | undefined, key: string, signal: AbortSignal | undefined): Promise<void> {
    if (fault === 'die-before') await trouble.die();
    if (fault === 'fail') throw refused(key, 'connection reset by peer');
    if (fault === 'slow-down') throw refused(key, '503 SlowDown: Please reduce your request rate.');
    if (fault === 'hang') await hang(key, signal);
  }

  const refused = (key: string, words: string): StorageUnavailable =>
    new StorageUnavailable(`${objectUri(store, key)}: ${words}`);

  function hang(key: string, signal: AbortSignal | undefined): Promise<never> {
    return new Promise((_resolve, reject) => {
      const timer = setTimeout(() => reject(refused(key, 'the connection timed out')), trouble.hangMs);
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      if (signal?.aborted) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    });
  }

  async function tear(key: string, body: Uint8Array, options: PutOptions): Promise<never> {
    const part = body.subarray(0, random.int(body.length));
    // A store without conditions may show half of an object. A conditional creation is one atomic step, or nobody could
    // commit with it: the worst that it can leave is a temporary file that no reader sees.
    if (options.ifNoneMatch === undefined) await store.put(key, part, options);
    else await trouble.leaveTemporary(key, part);
    throw refused(key, 'connection reset in the middle of the body');
  }

  async function afterwards(fault: StoreFault | undefined, key: string): Promise<void> {
    if (fault === 'die-after') await trouble.die();
    if (fault === 'lie') throw refused(key, 'connection reset while waiting for the answer');
  }

  async function* list(prefix: string, options: Parameters<ObjectStore['list']>[1] = {}): AsyncGenerator<ListPage> {
    await suffer(draw('list', prefix).fault, prefix, options.signal);
    for await (const page of store.list(prefix, options)) {
      yield page;
      // The next page is a request of its own.
      await suffer(draw('list', prefix).fault, prefix, options.signal);
    }
  }

  return {
    uri: store.uri,
    list,
    async get(key, options) {
      await suffer(draw('get', key).fault, key, options?.signal);
      return store.get(key, options);
    },
    async head(key, options) {
      await suffer(draw('head', key).fault, key, options?.signal);
      return store.head(key, options);
    },
    async put(key, body, options = {}) {
      const { fault } = draw('put', key);
      await suffer(fault, key, options.signal);
      if (fault === 'tear') return tear(key, body, options);
      const answer = await store.put(key, body, options);
      await afterwards(fault, key);
      return answer;
    },
    async delete(key, options) {
      const { fault } = draw('delete', key);
      await suffer(fault, key, options?.signal);
      await store.delete(key, options);
      await afterwards(fault, key);
    },
  };
}
