/** Objects of a warehouse that are damaged for a moment, and then are what they were before. */
import { setTimeout as wait } from 'node:timers/promises';
import { StorageUnavailable } from '../errors/index.js';
import type { Random } from '../sample/random.js';
import type { ObjectStore, StoredObject } from '../storage/object-store.js';
import { stepOf } from './steps.js';

const KINDS = ['half', 'empty', 'garbage', 'gone'] as const;

/** Of the work area and of the tables: what the run reads again. A hint is no more than a hint, and is rewritten by everyone. */
const WANTED = /metadata$|manifest|hint|batch|part|result|commit|list|configuration|ledger/;

export interface Damaged {
  /** `half table metadata` */
  what: string;
  key: string;
  restore(): Promise<void>;
}

/** Damages one object, drawn by its step first, so that the many do not hide the few; `undefined` where there is none. */
export async function damageOne(store: ObjectStore, random: Random): Promise<Damaged | undefined> {
  const bySteps = new Map<string, string[]>();
  for await (const { objects } of store.list(''))
    for (const { key } of objects) {
      const step = stepOf('warehouse', 'get', key);
      if (!WANTED.test(step)) continue;
      const keys = bySteps.get(step) ?? [];
      bySteps.set(step, keys);
      keys.push(key);
    }
  if (bySteps.size === 0) return undefined;
  const step = random.pick([...bySteps.keys()].sort());
  const keys = bySteps.get(step) as string[];
  // The newest ones are those that count: names of metadata files and of batches have a number.
  const numbers = new Intl.Collator('en', { numeric: true });
  const newest = keys.sort(numbers.compare).slice(-4);
  return damage(store, random.pick(newest), step, random);
}

async function damage(store: ObjectStore, key: string, step: string, random: Random): Promise<Damaged | undefined> {
  const before = await store.get(key).catch(() => undefined);
  if (before === undefined) return undefined; // It was there when it was listed.
  const kind = random.pick(KINDS);
  if (kind === 'gone') {
    await store.delete(key);
    return { what: `gone ${step}`, key, restore: () => insist(() => putBack(store, before)) };
  }
  const written = await store.put(key, bodyOf(kind, before.body, random)).catch(() => undefined);
  if (written === undefined) return undefined; // The disk is full at the moment.
  const { etag } = written;
  return {
    what: `${kind} ${step}`,
    key,
    restore: () =>
      insist(async () => {
        const now = await store.head(key).catch(() => undefined);
        // Somebody has written it anew.
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

/** While the disk is full, or the S3 server does not answer, nothing can be put back. */
async function insist(put: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await put();
    } catch (error) {
      if (!(error instanceof StorageUnavailable)) throw error;
      await wait(100);
    }
  }
}

/** Unless somebody has written it anew. */
async function putBack(store: ObjectStore, { key, body, metadata }: StoredObject): Promise<void> {
  if ((await store.head(key).catch(() => undefined)) === undefined) await store.put(key, body, { metadata });
}
