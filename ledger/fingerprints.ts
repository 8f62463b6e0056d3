/** Fingerprints of what the ledger has: see iceberg/fingerprints.ts. */
import { fingerprint } from '../iceberg/fingerprints.js';

export { FingerprintSet, fingerprint, hashOf, WORDS } from '../iceberg/fingerprints.js';

/** The fingerprint of a key. */
export function fingerprintOfKey(key: string): Uint32Array {
  return fingerprint(key, '');
}

/** The fingerprint of an object whose ETag is not known. */
export function fingerprintOfFile(key: string, size: number, lastModified: number): Uint32Array {
  return fingerprint(key, `${size} ${lastModified}`);
}
