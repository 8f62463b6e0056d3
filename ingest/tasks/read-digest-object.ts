/** Reads a digest from the object that was fetched, for a plan. Runs in a decoder thread. */
import { LIMITS } from '../../cloudtrail/decoder/limits.js';
import { parseObjectKey } from '../../cloudtrail/object-key.js';
import { UnreadableFile } from '../../errors/index.js';
import type { Digest } from '../../integrity/digest.js';
import { digestOfObject } from '../../integrity/digest-object.js';
import type { Origin } from '../../integrity/judge-digests.js';
import { fingerprintOfKey, WORDS } from '../../ledger/fingerprints.js';
import { uncompress } from '../uncompress/uncompress.js';

/** Maximum bytes of a digest, as stored and when uncompressed. */
export const MAX_DIGEST_BYTES = LIMITS.digestBytes.most;
/** Bytes of a SHA-256. */
export const HASH_BYTES = 32;

/** The object of a digest, as stored. */
export interface DigestObjectTask {
  key: string;
  uri: string;
  body: Uint8Array;
  metadata: Record<string, string>;
  origin: Origin;
  /** Delivery day of the log files to return. */
  day: string;
}

/** A digest, and the log files of the day that it lists, without an object for each. */
export interface ReadDigestObject {
  /** Without `files`. */
  digest: Digest;
  /** Fingerprints of the keys in this bucket, concatenated. */
  keys: Uint32Array;
  /** SHA-256 of each, {@link HASH_BYTES} each. */
  hashes: Uint8Array;
}

/** Returns the digest; for a digest that cannot be used, the reason, for the end of a sentence. */
export function readDigestObject(task: DigestObjectTask): ReadDigestObject | { problem: string } {
  const { key, uri, metadata, origin, day } = task;
  let digest: Digest;
  try {
    const { bytes, note } = uncompress(task.body, MAX_DIGEST_BYTES);
    if (note !== undefined) return { problem: note };
    digest = digestOfObject({ key, uri, bytes, metadata });
  } catch (error) {
    const code = error instanceof UnreadableFile ? `${error.reason}: ` : '';
    return { problem: `${code}${(error as Error).message}` };
  }
  const named = digest.files.flatMap(({ bucket, key: object, hash }) => {
    if (bucket !== origin.bucket || !object.startsWith(origin.prefix)) return [];
    const name = object.slice(origin.prefix.length);
    return parseObjectKey(name)?.day === day ? [{ name, hash }] : [];
  });
  const keys = new Uint32Array(named.length * WORDS);
  const hashes = new Uint8Array(named.length * HASH_BYTES);
  for (const [index, { name, hash }] of named.entries()) {
    keys.set(fingerprintOfKey(name), index * WORDS);
    hashes.set(Buffer.from(hash, 'hex'), index * HASH_BYTES);
  }
  return { digest: { ...digest, files: [] }, keys, hashes };
}
