/** Reads the objects of a chunk concurrently. A problem with one object does not affect the others. */
import { deliveryTime } from '../cloudtrail/object-key.js';
import { isWanted, tableOf } from '../cloudtrail/table-config.js';
import { type QuarantineCode, quarantineCodeOf, StorageAccessDenied } from '../errors/index.js';
import type { BatchFile, FileProblem } from '../ledger/entry.js';
import type { RunContext } from '../run/context.js';
import { mapConcurrent } from '../storage/concurrency.js';
import { type ObjectStore, objectUri } from '../storage/object-store.js';
import type { FetchedFile } from './types.js';
import { tooLarge } from './uncompress/too-large.js';

/**
 * If access is denied to this many objects and none can be read, a permission is missing. Quarantining them all would hide
 * that, and they would have to be retried later.
 */
const MISSING_PERMISSION = 10;

/** Maximum bytes that Node reads from a file at once: https://nodejs.org/api/errors.html#err_fs_file_too_large */
const MAX_READ = 2 ** 31 - 1;

/** Replacements for technical messages of stores. */
const MESSAGES: Partial<Record<QuarantineCode, string>> = {
  object_not_found: 'The object was deleted after it was listed.',
  object_changed: 'The object was replaced after it was listed.',
};

/**
 * Reads files. Returns them in order: each with its body, or with its problem, or with neither if its table is not configured.
 * Throws `StorageAccessDenied` if a permission is missing, and errors that are worth a retry.
 */
export async function fetchFiles(
  { bucket, config }: RunContext,
  files: readonly BatchFile[],
  day: string,
  signal: AbortSignal,
): Promise<FetchedFile[]> {
  const denied: unknown[] = [];
  const fetched = await mapConcurrent(files, config.ingest.concurrentReads, async (file): Promise<FetchedFile> => {
    const unread = unreadFile(bucket, file, day);
    if (!isWanted(file.kind, config.tables)) return unread;
    const { maxFileBytes } = config.ingest;
    if (file.size > largestStored(maxFileBytes)) return { ...unread, problem: problemOf(tooLarge(maxFileBytes)) };
    try {
      // Only digests have metadata that is used: their signature.
      const isDigest = tableOf(file.kind) === 'digest';
      const { etag: ifMatch, size } = file;
      const { body, metadata } = await bucket.get(file.key, { ifMatch, size, metadata: isDigest, signal });
      return { ...unread, body, ...(isDigest ? { metadata } : {}) };
    } catch (error) {
      const code = quarantineCodeOf(error);
      if (code === undefined) throw error;
      if (code === 'access_denied') denied.push(error);
      return { ...unread, problem: problemOf(error, code) };
    }
  });
  const readable = fetched.some(({ body }) => body !== undefined);
  if (denied.length >= MISSING_PERMISSION && !readable) throw nothingReadable(bucket.uri, denied);
  return fetched;
}

/** Returns a file without its body. */
export function unreadFile(bucket: ObjectStore, file: BatchFile, day: string): FetchedFile {
  return { ...file, uri: objectUri(bucket, file.key), deliveredAt: deliveryTime(file.key, day) };
}

function problemOf(error: unknown, code = quarantineCodeOf(error) as QuarantineCode): FileProblem {
  return { state: 'quarantined', code, message: MESSAGES[code] ?? (error as Error).message };
}

/**
 * Maximum stored bytes of a file at the size limit: incompressible data becomes slightly larger (gzip: 5 bytes for each block
 * of 16 KiB or more; zstd: 3 bytes for each block of up to 128 KiB). Larger files cannot be valid, so they are not read.
 */
function largestStored(maxFileBytes: number): number {
  return Math.min(maxFileBytes + maxFileBytes / 256 + 1024, MAX_READ);
}

function nothingReadable(uri: string, denied: readonly unknown[]): StorageAccessDenied {
  const [cause] = denied as Error[];
  return new StorageAccessDenied(
    `${uri} can be listed, but none of ${denied.length} files could be read. The first error: ${cause.message}`,
    'Grant the identity that runs the worker read access to the objects (on S3: s3:GetObject for the whole prefix, and ' +
      'kms:Decrypt if they are encrypted with a KMS key; on disk: read permission for the files), then start the range ' +
      'again. Nothing was quarantined.',
    { cause },
  );
}
