/** The log files that digests list, with their hashes, in about 100 bytes each: a day of one region may have 100,000. */
import { HASH_BYTES } from '../ingest/tasks/read-digest-object.js';
import { FingerprintSet, fingerprintOfKey, WORDS } from '../ledger/fingerprints.js';

/** Where a digest lists a file: the number of the digest, and the position of the file in it. */
interface Place {
  digest: number;
  at: number;
}

/** A digest's entry for a file. */
export interface NamedHash {
  /** The number of the digest. */
  digest: number;
  /** SHA-256, hex. */
  sha256: string;
}

/** An index of listed files by key. */
export class NamedFiles {
  private readonly keys = new FingerprintSet();
  /** By the numbers of `keys`: the first digest that lists the file, and where. */
  private readonly firstDigest: number[] = [];
  private readonly firstAt: number[] = [];
  /** Files that are listed more than once. */
  private readonly more = new Map<number, Place[]>();
  private readonly hashes: Uint8Array[] = [];

  /** Adds the files of the next digest, which gets the next number from 0: fingerprints of their keys, and their hashes. */
  add(keys: Uint32Array, hashes: Uint8Array): void {
    const digest = this.hashes.push(hashes) - 1;
    for (let at = 0; at * WORDS < keys.length; at++) {
      if (this.keys.add(keys, at * WORDS)) {
        this.firstDigest.push(digest);
        this.firstAt.push(at);
        continue;
      }
      const number = this.keys.numberOf(keys, at * WORDS);
      const others = this.more.get(number);
      if (others === undefined) this.more.set(number, [{ digest, at }]);
      else others.push({ digest, at });
    }
  }

  /** The digests' entries for a file; empty if none lists it. */
  of(key: string): NamedHash[] {
    const number = this.keys.numberOf(fingerprintOfKey(key));
    if (number < 0) return [];
    const first = { digest: this.firstDigest[number], at: this.firstAt[number] };
    return [first, ...(this.more.get(number) ?? [])].map(({ digest, at }) => {
      const hash = this.hashes[digest].subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES);
      return { digest, sha256: Buffer.from(hash).toString('hex') };
    });
  }
}
