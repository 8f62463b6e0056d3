/** Damages an object of a warehouse temporarily, and restores it. */
import { setTimeout as wait } from 'node:timers/promises';
import { StorageUnavailable } from '../../errors/index.js';
import type { Random } from '../../sample/random.js';
import type { ObjectStore, StoredObject } from '../../storage/object-store.js';
import { stepOf } from './steps.js';

const KINDS = ['half', 'empty', 'garbage', 'gone'] as const;

/** Steps whose objects a run reads again, in the work area and in the tables. Every commit rewrites the version hint. */
const DAMAGED_STEPS = /metadata$|manifest|hint|batch|part|result|commit|list|configuration|ledger/;

/** An object that has been damaged. */
export interface DamagedFile {
  /** Kind of damage and step, such as `half table metadata`. */
  what: string;
  key: string;
  /** Puts the original back, unless someone else has written the object. */
  restore(): Promise<void>;
}

/** Damages one object; its step is drawn first, so that rare objects are also chosen. `undefined` if there is none. */
export async function damageOne(store: ObjectStore, random: Random): Promise<DamagedFile | undefined> {
  const bySteps = new Map<string, string[]>();
  for await (const { objects } of store.list(''))
    for (const { key } of objects) {
      const step = stepOf('warehouse', 'get', key);
      if (!DAMAGED_STEPS.test(step)) continue;
      const keys = bySteps.get(step) ?? [];
      bySteps.set(step, keys);
      keys.push(key);
    }
  if (bySteps.size === 0) return undefined;
  const step = random.pick([...bySteps.keys()].sort());
  const keys = bySteps.get(step) as string[];
  // The newest objects are in use: the names of metadata files and of batches contain a number.
  const numbers = new Intl.Collator('en', { numeric: true });
  const newest = keys.sort(numbers.compare).slice(-4);
  return damage(store, random.pick(newest), step, random);
}

async function damage(store: ObjectStore, key: string, step: string, random: Random): Promise<DamagedFile | undefined> {
  const before = await store.get(key).catch(() => undefined);
  if (before === undefined) return undefined; // Deleted since it was listed.
  const kind = random.pick(KINDS);
  if (kind === 'gone') {
    await store.delete(key);
    return { what: `gone ${step}`, key, restore: () => retryUnavailable(() => putBack(store, before)) };
  }
  const written = await store.put(key, bodyOf(kind, before.body, random)).catch(() => undefined);
  if (written === undefined) return undefined; // The disk is full.
  const { etag } = written;
  return {
    what: `${kind} ${step}`,
    key,
    restore: () =>
      retryUnavailable(async () => {
        const now = await store.head(key).catch(() => undefined);
        // Someone else has written it.
        if (now !== undefined && now.etag !== etag) return;
        await store.put(key, before.body, { metadata: before.metadata });
      }),
  };
}

function bodyOf(kind: 'half' | 'empty' | 'garbage', body: Buffer, random: Random): Uint8Array {
  if (kind === 'empty') return new Uint8Array();
  if (kind === 'half') return body.subarray(0, body.length >> 1);
  return Buffer.from(body.map((byte) => byte ^ random.int(256)));
}

/** Retries while the disk is full or the S3 server does not respond. */
async function retryUnavailable(put: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await put();
    } catch (error) {
      if (!(error instanceof StorageUnavailable)) throw error;
      await wait(100);
    }
  }
}

/** Restores a deleted object, unless someone else has written it. */
async function putBack(store: ObjectStore, { key, body, metadata }: StoredObject): Promise<void> {
  if ((await store.head(key).catch(() => undefined)) === undefined) await store.put(key, body, { metadata });
}
