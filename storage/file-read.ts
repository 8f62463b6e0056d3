/** Reading the file of an object, and whether it is still the one that was listed. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, readSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { ObjectChanged } from '../errors/index.js';
import { fileError } from './file-errors.js';
import { CHUNK_BYTES, etagOf, isHashed, isSettled, lastModifiedOf, unreadEtag } from './file-etag.js';
import { assertKey } from './keys.js';
import type { ObjectInfo } from './object-store.js';
import { openFileSync } from './open-file.js';

/** What is known of a file before it is read. Without an ETag, size and modification time identify the content. */
export interface ListedFile {
  size?: number;
  /** Milliseconds since the epoch. */
  lastModified?: number;
  etag?: string;
}

/** Throws `ObjectChanged` if a file is certainly not the listed one. */
export function assertUnchanged(path: string, listed: ListedFile, now: Stats): void {
  if (listed.size !== undefined && listed.size !== now.size) throw replaced(path);
  const { etag, lastModified } = listed;
  if (etag === undefined && lastModified !== undefined && lastModified !== lastModifiedOf(now)) throw replaced(path);
}

/** Throws `ObjectChanged` if the file that was read is not the listed one, or changed while it was read. */
export function assertRead(
  path: string,
  listed: ListedFile,
  { etag, length, before, after }: { etag: string; length: number; before: Stats; after: Stats },
): void {
  if (listed.etag !== undefined) {
    if (listed.etag !== etag) throw replaced(path);
  } else if (listed.lastModified !== undefined) {
    if (length !== before.size || after.size !== before.size || after.mtimeMs !== before.mtimeMs) throw replaced(path);
  }
}

function replaced(path: string): ObjectChanged {
  return new ObjectChanged(`The object ${path} was replaced after it was listed.`);
}

/** A file that was read. */
export interface ReadFile {
  etag: string;
  /** Milliseconds since the epoch; absent if the file may still change without changing this time. */
  lastModified?: number;
  /** Absent if only the ETag was wanted. */
  body?: Buffer;
  inode: number;
}

/**
 * Reads the object of a file store in `directory`, with calls that block the thread: a CloudTrail file of some KB takes 10 µs,
 * and ten times as long with promises. Throws the errors of the port, `ObjectChanged` if it is not the listed file.
 * @param wanted `etag` to hash the file without holding it in memory
 */
export function readFileObject(
  directory: string,
  listed: ListedFile & Pick<ObjectInfo, 'key'>,
  wanted: 'body' | 'etag',
): ReadFile {
  assertKey(listed.key);
  const path = join(directory, listed.key);
  try {
    const { file, stats: before } = openFileSync(path);
    try {
      assertUnchanged(path, listed, before);
      const { body, etag, length } = wanted === 'body' ? readBody(file, before) : hashBody(file, before);
      assertRead(path, listed, { etag, length, before, after: fstatSync(file) });
      const lastModified = lastModifiedOf(before);
      return { etag, ...(isSettled(lastModified) && { lastModified }), body, inode: before.ino };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw fileError(error, path);
  }
}

interface Content {
  body?: Buffer;
  etag: string;
  length: number;
}

function readBody(file: number, stats: Stats): Content {
  const all = Buffer.allocUnsafe(stats.size);
  let length = 0;
  while (length < all.length) {
    const read = readSync(file, all, length, all.length - length, length);
    if (read === 0) break;
    length += read;
  }
  const body = all.subarray(0, length);
  return { body, etag: etagOf(body, lastModifiedOf(stats)), length };
}

function hashBody(file: number, stats: Stats): Content {
  const { size } = stats;
  if (!isHashed(size))
    return { etag: unreadEtag('large', { size, lastModified: lastModifiedOf(stats) }), length: size };
  const hash = createHash('md5');
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size + 1));
  for (let length = 0; ; ) {
    const read = readSync(file, buffer, 0, buffer.length, length);
    if (read === 0) return { etag: hash.digest('hex'), length };
    hash.update(buffer.subarray(0, read));
    length += read;
  }
}
