/** A set of files of a table. It holds 16 bytes for each. */
import { TableUnusable } from '../../errors/index.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { FingerprintSet, fingerprint } from '../fingerprints.js';
import { keyOf } from '../location.js';

/** Locations of a table's files; different spellings of a location in the store are the same. */
export class KeySet {
  private readonly members = new FingerprintSet();
  private marks = new Uint8Array(1024);

  constructor(private readonly store: ObjectStore) {}

  get size(): number {
    return this.members.size;
  }

  /** Returns whether the location is new. */
  add(location: string): boolean {
    return this.members.add(this.fingerprintOf(location));
  }

  /** @param key the key of an object of the store */
  hasKey(key: string): boolean {
    return this.members.has(fingerprint(key, ''));
  }

  /** Marks a member. Returns false if the location is not a member, or was marked before. */
  mark(location: string): boolean {
    const number = this.members.numberOf(this.fingerprintOf(location));
    if (number < 0) return false;
    if (number >= this.marks.length) {
      const larger = new Uint8Array(Math.max(this.members.size, this.marks.length * 2));
      larger.set(this.marks);
      this.marks = larger;
    }
    if (this.marks[number] === 1) return false;
    this.marks[number] = 1;
    return true;
  }

  private fingerprintOf(location: string): Uint32Array {
    return fingerprint(keyIn(this.store, location) ?? location, '');
  }
}

/** The key of a location; `undefined` if it is outside the store. */
export function keyIn(store: ObjectStore, location: string): string | undefined {
  try {
    return keyOf(store, location);
  } catch (error) {
    if (error instanceof TableUnusable) return undefined;
    throw error;
  }
}

/** Number of keys in a request to delete objects. */
const KEYS_PER_REQUEST = 1_000;

/** Deletes objects in batches; objects that are already gone are not an error. */
export class Deletions {
  private keys: string[] = [];

  /** `before`: called with the keys of each request, before it is sent. */
  constructor(
    private readonly store: ObjectStore,
    private readonly signal?: AbortSignal,
    private readonly before: (keys: readonly string[]) => Promise<void> = async () => {},
  ) {}

  async add(key: string): Promise<void> {
    this.keys.push(key);
    if (this.keys.length >= KEYS_PER_REQUEST) await this.flush();
  }

  async flush(): Promise<void> {
    const keys = this.keys;
    this.keys = [];
    if (keys.length === 0) return;
    await this.before(keys);
    await this.store.deleteAll(keys, { signal: this.signal });
  }
}
