/**
 * ETags of files: the MD5 of the content, in hex. S3 gives the same to an object that was uploaded in one part without
 * KMS, as CloudTrail does by default, so a bucket that was copied to disk keeps the entries of its ledger.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { notAFile, openFile } from './open-file.js';

/** Entries; one takes some 300 bytes, mostly its path. Beyond that the oldest are read again. */
const CACHE_ENTRIES = 100_000;
/** Milliseconds. A file that changed so lately may change again within one tick of the file system's clock. */
const SETTLED = 2_000;
const CHUNK = 256 * 1024;
/**
 * Bytes. CloudTrail's files are far smaller. To read more takes long, and a sparse file of a few KB on disk may have terabytes:
 * the ETag of such a file is made of its size and its time.
 */
const MOST_HASHED = 1 << 30;

export interface HashedFile {
  etag: string;
  size: number;
  /** Milliseconds since the epoch. */
  lastModified: number;
}

/** Hashes files; one that did not change since (size, times, inode) is not read again by this process. */
export class EtagCache {
  private readonly entries = new Map<string, { identity: string; etag: string }>();

  async of(path: string, signal?: AbortSignal): Promise<HashedFile> {
    const now = Date.now();
    const before = await stat(path);
    if (!before.isFile()) throw notAFile(path);
    if (before.size > MOST_HASHED) return describe(unreadEtag('large', before), before.size, before.mtimeMs);
    const identity = `${before.size} ${before.mtimeMs} ${before.ctimeMs} ${before.ino}`;
    const known = this.entries.get(path);
    if (known?.identity === identity) return describe(known.etag, before.size, before.mtimeMs);
    const hashed = await hashFile(path, signal);
    if (hashed.identity === identity && now - before.ctimeMs > SETTLED) {
      this.entries.delete(path);
      this.entries.set(path, { identity, etag: hashed.etag });
      if (this.entries.size > CACHE_ENTRIES) this.entries.delete(this.entries.keys().next().value ?? '');
    }
    return describe(hashed.etag, hashed.size, hashed.mtimeMs);
  }

  forget(path: string): void {
    this.entries.delete(path);
  }
}

/** In the place of a hash, where a file is not read: it is another one when the file has changed. */
export function unreadEtag(why: string, { size, mtimeMs }: { size: number; mtimeMs: number }): string {
  return `${why}-${size}-${Math.floor(mtimeMs)}`;
}

/** The ETag of a file with this content. */
export function etagOf(body: Uint8Array, mtimeMs: number): string {
  return body.length > MOST_HASHED ? unreadEtag('large', { size: body.length, mtimeMs }) : md5(body);
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
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, expected + 1));
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

function describe(etag: string, size: number, mtimeMs: number): HashedFile {
  return { etag, size, lastModified: Math.floor(mtimeMs) };
}
