/** Reads the objects of a chunk concurrently. A problem with one object does not affect the others. */
import { deliveryTime } from '../cloudtrail/object-key.js';
import { isWanted, tableOf } from '../cloudtrail/table-config.js';
import type { BatchFile } from '../ledger/entry.js';
import type { RunContext } from '../run/context.js';
import { mapConcurrent } from '../storage/concurrency.js';
import { type ObjectStore, objectUri } from '../storage/object-store.js';
import { withEtag } from '../storage/with-etag.js';
import { Denials, notProven, problemOf, readProblemOf, unidentified } from './read-problems.js';
import type { FetchedFile } from './types.js';
import { largestStored, tooLarge } from './uncompress/too-large.js';

/**
 * Reads files. Returns them in order: each with its body, or with its problem, or with neither if its table is not configured.
 * Files of a store with a directory are left to the thread that decodes them (read-file.ts). Throws `StorageAccessDenied` if a
 * permission is missing, and errors that are worth a retry.
 */
export async function fetchFiles(
  { bucket, config }: RunContext,
  files: readonly BatchFile[],
  day: string,
  signal: AbortSignal,
): Promise<FetchedFile[]> {
  if (bucket.directory !== undefined) return files.map((file) => unreadFile(bucket, file, day));
  const denials = new Denials(bucket.uri);
  const fetched = await mapConcurrent(files, config.ingest.concurrentReads, async (file): Promise<FetchedFile> => {
    const unread = unreadFile(bucket, file, day);
    if (!isWanted(file.kind, config.tables)) return identifyUnread(bucket, unread, signal);
    if (file.unproven !== undefined)
      return { ...(await identifyUnread(bucket, unread, signal)), problem: notProven(file.unproven) };
    const { maxFileBytes } = config.ingest;
    if (file.size > largestStored(maxFileBytes)) {
      return { ...(await identifyUnread(bucket, unread, signal)), problem: problemOf(tooLarge(maxFileBytes)) };
    }
    try {
      // Only digests have metadata that is used: their signature.
      const isDigest = tableOf(file.kind) === 'digest';
      const { etag: ifMatch, size, lastModified } = file;
      const options = { ifMatch, size, lastModified, metadata: isDigest, signal };
      const { body, etag, metadata } = await bucket.get(file.key, options);
      denials.addReadable();
      return { ...unread, etag, body, ...(isDigest ? { metadata } : {}) };
    } catch (error) {
      const problem = readProblemOf(error);
      denials.add(error);
      return { ...(file.etag === undefined ? unidentified(unread) : unread), problem };
    }
  });
  denials.assertSomeReadable();
  return fetched;
}

/** Returns a file without its body. */
export function unreadFile(bucket: ObjectStore, file: BatchFile, day: string): FetchedFile {
  return { ...file, uri: objectUri(bucket, file.key), deliveredAt: deliveryTime(file.key, day) };
}

/** Returns a file that is recorded without being read, with its ETag. */
export async function identifyUnread(
  bucket: ObjectStore,
  file: FetchedFile,
  signal: AbortSignal,
): Promise<FetchedFile> {
  const { key, size, lastModified = 0, etag } = file;
  if (etag !== undefined) return file;
  const fallback = unidentified(file);
  const now = await withEtag(bucket, { key, size, lastModified }, signal);
  const isSame = now?.size === size && now.lastModified === lastModified && now.etag !== fallback.etag;
  return isSame ? { ...file, etag: now.etag } : fallback;
}
