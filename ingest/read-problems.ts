/** What is wrong with a file that cannot be read, and whether the file is at fault. */
import { type QuarantineCode, quarantineCodeOf, StorageAccessDenied } from '../errors/index.js';
import type { FileProblem } from '../ledger/entry.js';
import { unreadEtag } from '../storage/file-etag.js';
import type { FetchedFile } from './types.js';

/**
 * If access is denied to this many objects and none can be read, a permission is missing. Quarantining them all would hide
 * that, and they would have to be retried later.
 */
const MISSING_PERMISSION = 10;

/** Replacements for technical messages of stores. */
const MESSAGES: Partial<Record<QuarantineCode, string>> = {
  object_not_found: 'The object was deleted after it was listed.',
  object_changed: 'The object was replaced after it was listed.',
};

/** Returns the problem that a file is quarantined with. */
export function problemOf(error: unknown, code = quarantineCodeOf(error) as QuarantineCode): FileProblem {
  return { state: 'quarantined', code, message: MESSAGES[code] ?? (error as Error).message };
}

/** The problem of a file that must be proven, and is not: see `BatchFile.unproven`. */
export function notProven(message: string): FileProblem {
  return { state: 'quarantined', code: 'not_proven' satisfies QuarantineCode, message };
}

/** Returns the problem of a file that could not be read. Throws the error if the file is not at fault. */
export function readProblemOf(error: unknown): FileProblem {
  const code = quarantineCodeOf(error);
  if (code === undefined) throw error;
  return problemOf(error, code);
}

/**
 * Returns a file as one whose content is unknown: the next plan reads it for its ETag, and includes it if it can be read by
 * then.
 */
export function unidentified(file: FetchedFile): FetchedFile & { etag: string } {
  const { size, lastModified = 0 } = file;
  return { ...file, etag: unreadEtag('unreadable', { size, lastModified }), lastModified: undefined };
}

/** Distinguishes a missing permission from single files to which access is denied. */
export class Denials {
  private readonly denied: StorageAccessDenied[] = [];
  private readable = false;

  /** @param uri of the bucket, for the message */
  constructor(private readonly uri: string) {}

  add(error: unknown): void {
    if (error instanceof StorageAccessDenied) this.denied.push(error);
  }

  addReadable(): void {
    this.readable = true;
  }

  /** Throws `StorageAccessDenied` if many files could not be read, and none could. */
  assertSomeReadable(): void {
    if (this.denied.length < MISSING_PERMISSION || this.readable) return;
    const [cause] = this.denied;
    throw new StorageAccessDenied(
      `${this.uri} can be listed, but none of ${this.denied.length} files could be read. The first error: ${cause.message}`,
      'Grant the identity that runs the worker read access to the objects (on S3: s3:GetObject for the whole prefix, and ' +
        'kms:Decrypt if they are encrypted with a KMS key; on disk: read permission for the files), then start the range ' +
        'again. Nothing was quarantined.',
      { cause },
    );
  }
}
