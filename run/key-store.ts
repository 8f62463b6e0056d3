/** The public keys of digests in the warehouse, so that workers have them, and verification does not depend on CloudTrail. */
import { z } from 'zod';
import { readKeyDirectory } from '../config/integrity.js';
import type { IntegritySettings } from '../config/settings.js';
import { AlreadyExists, Damaged, ObjectNotFound, TableUnusable } from '../errors/index.js';
import { locationOf } from '../iceberg/location.js';
import { FINGERPRINT, type KeyRing, keyOf, type PublicKey, parseKeys, pemOf } from '../integrity/keys.js';
import { mapConcurrent } from '../storage/concurrency.js';
import type { ObjectStore } from '../storage/object-store.js';
import { type Members, parseWork, workKind } from './versioned.js';
import { WORK_AREA } from './work-keys.js';
import { explainReadOnly } from './writable.js';

/** Where a key is from: CloudTrail's ListPublicKeys in a region, or the directory of the setting `integrity.keys`. */
export type KeyOrigin = { from: 'cloudtrail'; region: string } | { from: 'folder' };

/** A key in the warehouse. Times are in milliseconds since the epoch. */
interface StoredKey {
  fingerprint: string;
  /** SubjectPublicKeyInfo, for `openssl`. */
  pem: string;
  validFrom?: number;
  validTo?: number;
  origin: KeyOrigin;
  storedAt: number;
}

/** Stored at {@link storedKeyKey}; created once. */
const STORED_KEY = workKind<StoredKey>(
  'public key',
  z.object({
    fingerprint: z.string(),
    pem: z.string(),
    validFrom: z.number().optional(),
    validTo: z.number().optional(),
    origin: z.union([
      z.object({ from: z.literal('cloudtrail'), region: z.string() }),
      z.object({ from: z.literal('folder') }),
    ]),
    storedAt: z.number(),
  } satisfies Members<StoredKey>),
);

/** Keys that are read or written at the same time. */
const CONCURRENT = 8;

/** Key of the object of a public key in the warehouse. */
export const storedKeyKey = (fingerprint: string): string => `${WORK_AREA}/keys/${fingerprint}.json`;

/**
 * Stores public keys. A key that is already stored is not changed, nor is its origin. Throws `Damaged` if another key is
 * stored under its fingerprint, and `StorageAccessDenied` if the warehouse is read-only. `storedAt`: the time, milliseconds
 * since the epoch.
 */
export async function storeKeys(
  warehouse: ObjectStore,
  keys: Iterable<PublicKey>,
  origin: KeyOrigin,
  storedAt: number,
  signal?: AbortSignal,
): Promise<void> {
  await mapConcurrent([...keys], CONCURRENT, async (key) => {
    const { fingerprint, validFrom, validTo } = key;
    const stored = { fingerprint, pem: pemOf(key), validFrom, validTo, origin, storedAt };
    const body = Buffer.from(JSON.stringify(STORED_KEY.toJson(stored), null, 1));
    try {
      await explainReadOnly(warehouse, warehouse.put(storedKeyKey(fingerprint), body, { ifNoneMatch: '*', signal }));
    } catch (error) {
      if (!(error instanceof AlreadyExists)) throw error;
      const known = await loadKey(warehouse, fingerprint, signal);
      if (known === undefined || known.der.equals(key.der)) return;
      throw damaged(
        locationOf(warehouse, storedKeyKey(fingerprint)),
        'it contains another key with the same fingerprint',
        error,
      );
    }
  });
}

/** Stores the public keys of the directory of `integrity.keys`; see {@link storeKeys}. Throws `UserMistake` for other files in it. */
export async function storeKeysOfFolder(
  warehouse: ObjectStore,
  folder: NonNullable<IntegritySettings['keys']>,
  storedAt: number,
): Promise<void> {
  await storeKeys(warehouse, readKeyDirectory(folder).values(), { from: 'folder' }, storedAt);
}

/**
 * Loads the public keys that are stored; missing keys are left out, as are names that are not fingerprints. Throws `Damaged`
 * for a file without a key, or with a key that does not match its name.
 */
export async function loadKeys(
  warehouse: ObjectStore,
  fingerprints: Iterable<string>,
  signal?: AbortSignal,
): Promise<KeyRing> {
  // They come from digests: text that is not a fingerprint must not become part of an object key.
  const names = [...new Set(fingerprints)].filter((name) => FINGERPRINT.test(name));
  const keys = await mapConcurrent(names, CONCURRENT, (name) => loadKey(warehouse, name, signal));
  return new Map(keys.flatMap((key) => (key === undefined ? [] : [[key.fingerprint, key]])));
}

async function loadKey(
  warehouse: ObjectStore,
  fingerprint: string,
  signal?: AbortSignal,
): Promise<PublicKey | undefined> {
  const key = storedKeyKey(fingerprint);
  let body: Buffer;
  try {
    ({ body } = await warehouse.get(key, { signal }));
  } catch (error) {
    if (error instanceof ObjectNotFound) return undefined;
    throw error;
  }
  const path = locationOf(warehouse, key);
  try {
    const { fingerprint: named, pem, validFrom, validTo } = parseWork(body, STORED_KEY);
    if (named !== fingerprint) throw new Error(`it contains the key ${named}`);
    const [{ der }] = parseKeys(Buffer.from(pem), 'pem');
    const found = keyOf({ der, validFrom, validTo, fingerprint });
    if (typeof found === 'string') throw new Error(found);
    return found;
  } catch (error) {
    if (error instanceof TableUnusable)
      throw new TableUnusable(`${path}: ${error.message}`, error.cure, { cause: error });
    throw damaged(path, error instanceof Error ? error.message.replace(/\.$/, '') : String(error), error);
  }
}

function damaged(path: string, why: string, cause: unknown): Damaged {
  return new Damaged(
    { path, how: 'unreadable', why },
    `${path}, a public key of CloudTrail, cannot be used: ${why}.`,
    'Find out who changed it, and delete it: the next verification stores the key again.',
    { cause },
  );
}
