/**
 * Reads objects again and compares them with the proven hash: an object in the bucket may differ from the one that was
 * ingested.
 */
import { ObjectChanged, ObjectNotFound } from '../errors/index.js';
import { largestStored } from '../ingest/uncompress/too-large.js';
import type { Digest } from '../integrity/digest.js';
import { unseenBytes } from '../integrity/judge-files.js';
import type { Verdict } from '../integrity/verdict.js';
import { isInSlice } from '../ledger/slices.js';
import { mapConcurrent } from '../storage/concurrency.js';
import type { StoredObject } from '../storage/object-store.js';
import type { VerifyContext } from './context.js';

/** Number of objects in memory at the same time. */
const OBJECTS_AT_ONCE = 8;
const PERCENT = 100;

/** Which objects to read again. */
interface Choice {
  percent: number;
  /** Start of the verification. */
  startedAt: number;
}

/** What is known about the objects, by key: digests as they were ingested, and stored sizes in bytes. */
interface Known {
  digests: ReadonlyMap<string, Digest>;
  sizes: ReadonlyMap<string, number>;
}

/**
 * Whether an object is among the `percent` that are read again: different ones in each verification, the same ones in
 * each attempt.
 */
function isChosen(key: string, { percent, startedAt }: Choice): boolean {
  for (let index = 0; index < percent; index++)
    if (isInSlice(`${key} ${startedAt}`, { index, of: PERCENT })) return true;
  return false;
}

/**
 * Reads a part of the valid objects again, and returns all verdicts with the results. Only valid objects, because the
 * others have no proven hash to compare with.
 */
export function recheck(
  context: VerifyContext,
  verdicts: readonly Verdict[],
  known: Known,
  choice: Choice,
): Promise<Verdict[]> {
  return mapConcurrent(verdicts, OBJECTS_AT_ONCE, async (verdict) => {
    if (verdict.code !== undefined || verdict.kind === 'chain' || !isChosen(verdict.key, choice)) return verdict;
    return { ...(await readAgain(context, verdict, known)), checked: 'bucket' };
  });
}

async function readAgain(context: VerifyContext, verdict: Verdict, { digests, sizes }: Known): Promise<Verdict> {
  const digest = digests.get(verdict.key);
  const { pool, config, signal } = context;
  const { maxFileBytes } = config.ingest;
  try {
    const object = await readNow(context, verdict.key, sizes.get(verdict.key), digest !== undefined);
    if (object === undefined)
      return { ...verdict, code: 'changed_since', message: 'It is now larger than ingest.max_file_size.' };
    const { body, etag, metadata } = object;
    const of = digest && { key: digest.key, uri: digest.uri, metadata };
    const { sha256, note, problem, digest: reread } = await pool.hashObject({ body, maxFileBytes, digest: of }, signal);
    const now = { ...verdict, etag };
    if (problem !== undefined)
      return { ...now, code: 'changed_since', message: `It cannot be read: ${problem.code}: ${problem.message}` };
    if (sha256 !== verdict.sha256) {
      return { ...now, code: 'changed_since', message: `Its SHA-256 was ${verdict.sha256} and is now ${sha256}.` };
    }
    const unseen = unseenBytes({ notes: note });
    if (unseen !== undefined) return { ...now, ...unseen };
    if (digest?.signature !== undefined && metadata.signature !== digest.signature)
      return {
        ...now,
        code: 'metadata_changed',
        message: 'The signature in its metadata has changed since it was ingested.',
      };
    if (digest !== undefined && reread !== undefined && contentOf(reread) !== contentOf(digest))
      return {
        ...now,
        code: 'ledger_differs',
        message: 'The digest table differs from the digest itself.',
      };
    return now;
  } catch (error) {
    if (!(error instanceof ObjectNotFound)) throw error;
    return { ...verdict, code: 'gone', message: 'It was ingested, but is no longer in the bucket.' };
  }
}

/** The content of a digest, as JSON; the rest is about its object. */
function contentOf({ start, end, bucket, object, fingerprint, algorithm, previous, files }: Digest): string {
  const before = previous && [previous.bucket, previous.key, previous.hash, previous.signature];
  const named = files.map((file) => [file.bucket, file.key, file.hash]);
  return JSON.stringify([start, end, bucket, object, fingerprint, algorithm, before, named]);
}

/** Reads an object if it has its former size, or another size that is not too large; otherwise returns `undefined`. */
async function readNow(
  { bucket, config, signal }: VerifyContext,
  key: string,
  size: number | undefined,
  metadata: boolean,
): Promise<StoredObject | undefined> {
  try {
    return await bucket.get(key, { metadata, size, signal });
  } catch (error) {
    if (!(error instanceof ObjectChanged)) throw error;
    const now = await bucket.head(key, { metadata: false, signal });
    if (now.size > largestStored(config.ingest.maxFileBytes)) return undefined;
    return bucket.get(key, { metadata, size: now.size, signal });
  }
}
