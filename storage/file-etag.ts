/**
 * ETags of files: the MD5 of the content, in hex. S3 assigns the same ETag to an object that was uploaded in one part without
 * KMS, as CloudTrail does by default, so the ledger entries of a bucket remain valid after it is copied to disk.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { notAFile, openFile } from './open-file.js';

/** Maximum number of entries; one takes about 300 bytes, mostly its path. The oldest entries are evicted. */
const CACHE_ENTRIES = 100_000;
/** Milliseconds: more than any file system's clock takes for a tick (FAT: 2 s). See {@link isSettled}. */
const MIN_AGE_MS = 2_000;
/** Number of bytes to hash at a time. */
export const CHUNK_BYTES = 256 * 1024;
/**
 * Larger files are not hashed. CloudTrail files are far smaller; reading more takes long, and a sparse file that occupies a few
 * KB on disk may be terabytes in size. The ETag of such a file is made from its size and modification time.
 */
const MAX_HASHED_BYTES = 1 << 30;

/** The attributes of a file, with the ETag of its content. */
export interface HashedFile {
  etag: string;
  size: number;
  /** Milliseconds since the epoch. */
  lastModified: number;
}

/** Hashes files. A file that has not changed since (size, times, inode) is not read again by this process. */
export class EtagCache {
  private readonly entries = new Map<string, { identity: string; etag: string }>();

  async of(path: string, signal?: AbortSignal): Promise<HashedFile> {
    const before = await stat(path);
    if (!before.isFile()) throw notAFile(path);
    const settled = isSettled(before.ctimeMs);
    const lastModified = lastModifiedOf(before);
    if (!isHashed(before.size))
      return { etag: unreadEtag('large', { size: before.size, lastModified }), size: before.size, lastModified };
    const identity = `${before.size} ${before.mtimeMs} ${before.ctimeMs} ${before.ino}`;
    const known = this.entries.get(path);
    if (known?.identity === identity) return { etag: known.etag, size: before.size, lastModified };
    const hashed = await hashFile(path, signal);
    if (hashed.identity === identity && settled) {
      this.entries.delete(path);
      this.entries.set(path, { identity, etag: hashed.etag });
      if (this.entries.size > CACHE_ENTRIES) this.entries.delete(this.entries.keys().next().value ?? '');
    }
    return { etag: hashed.etag, size: hashed.size, lastModified: lastModifiedOf(hashed) };
  }

  forget(path: string): void {
    this.entries.delete(path);
  }
}

/** An ETag for a file whose content is not read: it changes when the file's size or modification time changes. */
export function unreadEtag(why: 'large' | 'unreadable', file: { size: number; lastModified: number }): string {
  return `${why}-${file.size}-${file.lastModified}`;
}

/** Whether the ETag of a file of this size is the hash of its content. */
export function isHashed(size: number): boolean {
  return size <= MAX_HASHED_BYTES;
}

/** The ETag of a file with this content. */
export function etagOf(body: Uint8Array, lastModified: number): string {
  return isHashed(body.length) ? md5(body) : unreadEtag('large', { size: body.length, lastModified });
}

/** The modification time of a file, in whole milliseconds since the epoch. */
export function lastModifiedOf({ mtimeMs }: { mtimeMs: number }): number {
  return Math.floor(mtimeMs);
}

/**
 * Whether this modification or change time identifies the content of a file. It does not if the file was changed just
 * now: it may change again within the same tick of the file system clock.
 */
export function isSettled(time: number): boolean {
  return Date.now() - time > MIN_AGE_MS;
}

/** MD5 in hex. */
export function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

async function hashFile(path: string, signal?: AbortSignal) {
  const file = await openFile(path);
  try {
    const { size: expected, mtimeMs, ctimeMs, ino } = await file.stat();
    const hash = createHash('md5');
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, expected + 1));
    let size = 0;
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, buffer.length, size);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      size += bytesRead;
    }
    return { etag: hash.digest('hex'), size, mtimeMs, identity: `${size} ${mtimeMs} ${ctimeMs} ${ino}` };
  } finally {
    await file.close();
  }
}
