/** Reads the objects of a chunk, many at once. What is wrong with one of them is told of that one; the others are read. */
import { deliveryTime } from '../cloudtrail/object-key.js';
import { isWanted, tableOf } from '../cloudtrail/routing.js';
import { type QuarantineCode, quarantineCodeOf, StorageAccessDenied } from '../errors/index.js';
import { tooLarge } from '../ingest/too-large.js';
import type { BatchFile, ChunkFile } from '../ingest/types.js';
import { mapConcurrent } from '../storage/concurrency.js';
import { type ObjectStore, objectUri } from '../storage/object-store.js';
import type { RunContext } from './run-context.js';

/**
 * So many refused objects, and none that may be read, are no bad files: somebody forgot a grant. To enter them all in the
 * ledger would bury that, and they would have to be asked for again.
 */
const WRONG_GRANT = 10;

/** What Node reads of a file at once, bytes: https://nodejs.org/api/errors.html#err_fs_file_too_large */
const MOST_READ = 2 ** 31 - 1;

/** What the error says only in the words of a store. */
const WORDS: Partial<Record<QuarantineCode, string>> = {
  object_not_found: 'The object is gone since it was listed.',
  object_changed: 'The object was replaced since it was listed.',
};

/** The files in their order: with a body, or with the problem, or with neither where no table wants them. */
export async function fetchFiles(
  { bucket, config }: RunContext,
  files: readonly BatchFile[],
  day: string,
  signal: AbortSignal,
): Promise<ChunkFile[]> {
  const refused: unknown[] = [];
  const fetched = await mapConcurrent(files, config.ingest.concurrentReads, async (file): Promise<ChunkFile> => {
    const chunkFile = unreadFile(bucket, file, day);
    if (!isWanted(file.kind, config.tables)) return chunkFile;
    const { maxFileBytes } = config.ingest;
    if (file.size > largestStored(maxFileBytes)) return { ...chunkFile, problem: problemOf(tooLarge(maxFileBytes)) };
    try {
      // Only a digest has some that is of use: its signature.
      const isDigest = tableOf(file.kind) === 'digest';
      const { etag: ifMatch, size } = file;
      const { body, metadata } = await bucket.get(file.key, { ifMatch, size, metadata: isDigest, signal });
      return { ...chunkFile, body, ...(isDigest ? { metadata } : {}) };
    } catch (error) {
      const code = quarantineCodeOf(error);
      if (code === undefined) throw error;
      if (code === 'access_denied') refused.push(error);
      return { ...chunkFile, problem: problemOf(error, code) };
    }
  });
  const readable = fetched.some(({ body }) => body !== undefined);
  if (refused.length >= WRONG_GRANT && !readable) throw nothingReadable(bucket.uri, refused);
  return fetched;
}

/** The file without its body. */
export function unreadFile(bucket: ObjectStore, file: BatchFile, day: string): ChunkFile {
  return { ...file, uri: objectUri(bucket, file.key), deliveredAt: deliveryTime(file.key, day) };
}

/** How the ledger tells of it: the code, and the message. */
function problemOf(error: unknown, code = quarantineCodeOf(error) as QuarantineCode): string {
  return `${code}: ${WORDS[code] ?? (error as Error).message}`;
}

/**
 * Stored bytes of a file at the limit, at the most: what does not get smaller becomes a little larger (gzip: 5 bytes for
 * each block of 16 KiB or more; zstd: 3 for each of up to 128 KiB). What is larger need not be read, nor would fit.
 */
function largestStored(maxFileBytes: number): number {
  return Math.min(maxFileBytes + maxFileBytes / 256 + 1024, MOST_READ);
}

function nothingReadable(uri: string, refused: readonly unknown[]): StorageAccessDenied {
  const [cause] = refused as Error[];
  return new StorageAccessDenied(
    `${uri} can be listed, but none of ${refused.length} files in a row may be read. The first: ${cause.message}`,
    'Give whoever runs the worker the right to read its objects (on S3: s3:GetObject for the whole prefix, and kms:Decrypt ' +
      'where they are encrypted with a key of KMS; on a disk: the permissions of the files), and start the range again. ' +
      'Nothing was set aside.',
    { cause },
  );
}
