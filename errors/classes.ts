/** Every error that Trailmill throws on purpose. What happens after each is in policy.ts. */
import type { QuarantineCode } from './file-codes.js';
import type { ErrorName } from './policy.js';

/** The common root: `name` is a key of POLICY; `cure` is a sentence that tells a person what to do. */
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

/** A mistake in a flag, a file or the environment. Shown as one line and the cure; exit code 2. */
export class UserMistake extends TrailmillError {
  override readonly name = 'UserMistake';
}

/** A worker was asked for a run that it may not do: of another warehouse, or with files from outside of its project. */
export class RunRefused extends TrailmillError {
  override readonly name = 'RunRefused';
}

/** The object is not there (any more). */
export class ObjectNotFound extends TrailmillError {
  override readonly name = 'ObjectNotFound';
}

/** A read with `ifMatch` met another ETag: the object was replaced after it was listed. */
export class ObjectChanged extends TrailmillError {
  override readonly name = 'ObjectChanged';
}

/** A write with `ifNoneMatch: '*'` found the key taken. */
export class AlreadyExists extends TrailmillError {
  override readonly name = 'AlreadyExists';
}

/** The store refuses: permissions, not weather. */
export class StorageAccessDenied extends TrailmillError {
  override readonly name = 'StorageAccessDenied';
}

/** The store does not answer, or says that it is busy: worth trying again. */
export class StorageUnavailable extends TrailmillError {
  override readonly name = 'StorageUnavailable';
}

/** A delivered file that cannot be read as what its key says: it is quarantined and the run goes on. */
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

/** Another writer committed first: load the table again and repeat the commit. */
export class CommitConflict extends TrailmillError {
  override readonly name = 'CommitConflict';
}

/** The commit may or may not have happened: look in the table's history before anything is repeated. */
export class CommitStateUnknown extends TrailmillError {
  override readonly name = 'CommitStateUnknown';
}

/** Another run has committed files of the day since it was planned: the day has to be planned again. */
export class PlanOutdated extends TrailmillError {
  override readonly name = 'PlanOutdated';
}

/** The table is there, but this version cannot write to it. */
export class TableUnusable extends TrailmillError {
  override readonly name = 'TableUnusable';
}

/** A file of the warehouse that tables or runs need is gone, or is not what it should be: nothing can be done before it is back. */
export class Damaged extends TableUnusable {
  readonly path: string;
  readonly how: 'gone' | 'unreadable';
  constructor(
    what: { path: string; how: 'gone' | 'unreadable' },
    message: string,
    cure: string,
    options?: { cause?: unknown },
  ) {
    super(message, cure, options);
    this.path = what.path;
    this.how = what.how;
  }
}
