/** Hashes an object that a verification has read again. Runs in a decoder thread. */
import { createHash } from 'node:crypto';
import { UnreadableFile } from '../../errors/index.js';
import { type DigestObject, digestOfObject } from '../../integrity/digest-object.js';
import type { HashedObject } from '../types.js';
import { uncompress } from '../uncompress/uncompress.js';

/** An object as stored. */
export interface HashTask {
  body: Uint8Array;
  /** Set for a digest, to return its content. */
  digest?: Omit<DigestObject, 'bytes'>;
  /** Maximum uncompressed bytes. */
  maxFileBytes: number;
}

/** Returns the hash of the uncompressed bytes. An object that cannot be uncompressed is a result, not an error. */
export function hashObject({ body, maxFileBytes, digest }: HashTask): HashedObject {
  try {
    const { bytes, note } = uncompress(body, maxFileBytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const said = digest && digestOfObject({ ...digest, bytes });
    return { sha256, ...(note === undefined ? {} : { note }), ...(said === undefined ? {} : { digest: said }) };
  } catch (error) {
    if (!(error instanceof UnreadableFile)) {
      if (digest === undefined) throw error;
      return { problem: { code: 'not_a_digest', message: (error as Error).message } };
    }
    return { problem: { code: error.reason, message: error.message } };
  }
}
