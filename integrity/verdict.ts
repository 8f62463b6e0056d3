/** The result of verifying one log file, digest or chain. */
import { INTEGRITY_CODES, type IntegrityCode, type IntegrityStatus } from '../errors/index.js';

/** What a verdict is about. */
export type SubjectKind = 'log file' | 'digest' | 'chain';

/** A verdict. Times are in milliseconds since the epoch. */
export interface Verdict {
  kind: SubjectKind;
  /** Key of the object; for a chain, the key of the digest after or before the break. */
  key: string;
  etag?: string;
  account: string;
  region: string;
  /** Trail name of a digest or a chain, and of the digest that proves a log file. */
  trail?: string;
  /** Delivery time. */
  at: number;
  /** Absent: valid. */
  code?: IntegrityCode;
  /** What was expected and what was found; empty if it is valid. */
  message?: string;
  /** Key of the digest that lists a log file. */
  digest?: string;
  /** Fingerprint of the public key of the signature. */
  fingerprint?: string;
  /** SHA-256 of the uncompressed bytes, hex. */
  sha256?: string;
  /**
   * `bucket`: the object was read again, so the verdict is about the current object in the bucket. Absent: about the
   * ingested object.
   */
  checked?: 'bucket';
}

/** The status of a verdict. */
export function statusOf({ code }: Pick<Verdict, 'code'>): IntegrityStatus {
  return code === undefined ? 'valid' : INTEGRITY_CODES[code].status;
}
