/** All errors that Trailmill throws deliberately. policy.ts defines how each is handled. */
import type { QuarantineCode } from './file-codes.js';
import type { ErrorName } from './policy.js';

/** Base class: `name` is a key of POLICY; `cure` is a sentence that tells the user what to do. */
export abstract class TrailmillError extends Error {
  abstract override readonly name: ErrorName;
  constructor(
    message: string,
    readonly cure?: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** An invalid flag, file or environment variable. Shown as one line plus the cure; exit code 2. */
export class UserMistake extends TrailmillError {
  override readonly name = 'UserMistake';
}

/**
 * The worker is not allowed to execute the requested run: it uses another warehouse, or files from outside the worker's
 * project.
 */
export class RunRefused extends TrailmillError {
  override readonly name = 'RunRefused';
}

/** The object does not exist, or no longer exists. */
export class ObjectNotFound extends TrailmillError {
  override readonly name = 'ObjectNotFound';
}

/** A read with `ifMatch` found a different ETag: the object was replaced after it was listed. */
export class ObjectChanged extends TrailmillError {
  override readonly name = 'ObjectChanged';
}

/** A write with `ifNoneMatch: '*'` failed because the key already exists. */
export class AlreadyExists extends TrailmillError {
  override readonly name = 'AlreadyExists';
}

/** The store denies access: a permissions problem, not a transient failure. */
export class StorageAccessDenied extends TrailmillError {
  override readonly name = 'StorageAccessDenied';
}

/** The store does not respond, or reports that it is busy. Can be retried. */
export class StorageUnavailable extends TrailmillError {
  override readonly name = 'StorageUnavailable';
}

/** A delivered file that is not what its key says it is. The file is quarantined and the run continues. */
export class UnreadableFile extends TrailmillError {
  override readonly name = 'UnreadableFile';
  constructor(
    readonly reason: QuarantineCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, undefined, options);
  }
}

/** Another writer committed first: reload the table and retry the commit. */
export class CommitConflict extends TrailmillError {
  override readonly name = 'CommitConflict';
}

/** The commit may or may not have succeeded: check the table's history before retrying anything. */
export class CommitStateUnknown extends TrailmillError {
  override readonly name = 'CommitStateUnknown';
}

/** Another run has, or may have, committed files of the day since it was planned: the day must be replanned. */
export class PlanOutdated extends TrailmillError {
  override readonly name = 'PlanOutdated';
}

/** Another writer has changed what maintenance was about to replace: it must start again from the table as it is now. */
export class ReplaceOutdated extends TrailmillError {
  override readonly name = 'ReplaceOutdated';
}

/** The table exists, but this version cannot write to it. */
export class TableUnusable extends TrailmillError {
  override readonly name = 'TableUnusable';
}

/** A warehouse file that tables or runs depend on is missing or corrupt. Nothing can proceed until it is restored. */
export class Damaged extends TableUnusable {
  readonly path: string;
  readonly how: 'gone' | 'unreadable';
  /** What is wrong with the content of an unreadable file, without a period; by default the message. */
  readonly why: string;
  constructor(
    what: { path: string; how: 'gone' | 'unreadable'; why?: string },
    message: string,
    cure: string,
    options?: { cause?: unknown },
  ) {
    super(message, cure, options);
    this.path = what.path;
    this.how = what.how;
    this.why = what.why ?? message;
  }
}
