/** Hashes an object that a verification has read again. Runs in a decoder thread. */
import { createHash } from 'node:crypto';
import { UnreadableFile } from '../../errors/index.js';
import type { HashedObject } from '../types.js';
import { uncompress } from '../uncompress/uncompress.js';

/** An object as stored. */
export interface HashTask {
  body: Uint8Array;
  /** Maximum uncompressed bytes. */
  maxFileBytes: number;
}

/** Returns the hash of the uncompressed bytes. What cannot be uncompressed is a result, not an error. */
export function hashObject({ body, maxFileBytes }: HashTask): HashedObject {
  try {
    const { bytes, note } = uncompress(body, maxFileBytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return note === undefined ? { sha256 } : { sha256, note };
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    return { problem: { code: error.reason, message: error.message } };
  }
}
