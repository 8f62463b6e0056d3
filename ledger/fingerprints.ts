/** Fingerprints of what the ledger has: see iceberg/fingerprints.ts. */
import { FingerprintSet, fingerprint, WORDS } from '../iceberg/fingerprints.js';

export { FingerprintSet, fingerprint, hashOf, WORDS } from '../iceberg/fingerprints.js';

/** The fingerprint of a key. */
export function fingerprintOfKey(key: string): Uint32Array {
  return fingerprint(key, '');
}

/** The fingerprint of an object whose ETag is not known. */
export function fingerprintOfFile(key: string, size: number, lastModified: number): Uint32Array {
  return fingerprint(key, `${size} ${lastModified}`);
}

/** The fingerprints of some texts, concatenated. */
export function fingerprintsOf<T>(items: readonly T[], of: (item: T) => Uint32Array): Uint32Array {
  const words = new Uint32Array(items.length * WORDS);
  items.forEach((item, index) => {
    words.set(of(item), index * WORDS);
  });
  return words;
}

/** The set of concatenated fingerprints. */
export function setOf(words: Uint32Array): FingerprintSet {
  const set = new FingerprintSet();
  for (let at = 0; at < words.length; at += WORDS) set.add(words, at);
  return set;
}
