/** Public keys of digests: PKCS#1 and SPKI. */
import type { KeyObject } from 'node:crypto';

/** A public key of CloudTrail. */
export interface PublicKey {
  fingerprint: string;
  key: KeyObject;
}

/** Public keys by fingerprint. */
export type KeyRing = ReadonlyMap<string, PublicKey>;
