/**
 * Every error that Trailmill throws on purpose, and one table that says what happens after it.
 * A class that is not here is a defect of ours: it is retried a few times and then stops the work.
 */

/** What the run does about an error: try again, set the object aside and go on, or stop the work. */
export type Policy = 'retry' | 'quarantine' | 'stop';

/** The closed set of error names, and the policy of each. */
export const POLICY = {
  UserMistake: 'stop',
  ObjectNotFound: 'quarantine',
  ObjectChanged: 'quarantine',
  UnreadableFile: 'quarantine',
  StorageAccessDenied: 'stop',
  StorageUnavailable: 'retry',
  AlreadyExists: 'stop',
  CommitConflict: 'retry',
  CommitStateUnknown: 'retry',
  PlanOutdated: 'stop',
  TableUnusable: 'stop',
} as const satisfies Record<string, Policy>;

export type ErrorName = keyof typeof POLICY;

/** The common root: `name` is a key of {@link POLICY}; `cure` is a sentence that tells a person what to do. */
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

/** Why a delivered file cannot be read; the ledger's `error` column starts with it. */
export type UnreadableReason =
  | 'empty_file'
  | 'corrupt_gzip'
  | 'corrupt_zstd'
  | 'other_format'
  | 'invalid_json'
  | 'not_a_trail_file'
  | 'not_a_digest'
  | 'too_large'
  | 'object_changed'
  | 'object_not_found';

/** A delivered file that cannot be read as what its key says: it is quarantined and the run goes on. */
export class UnreadableFile extends TrailmillError {
  override readonly name = 'UnreadableFile';
  constructor(
    readonly reason: UnreadableReason,
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

/** The policy for any thrown value; `undefined` for one that is not ours. */
export function policyOf(error: unknown): Policy | undefined {
  return error instanceof TrailmillError ? POLICY[error.name] : undefined;
}

/** One line for a person: the message and, where there is one, the cure. */
export function describeError(error: unknown): string {
  if (error instanceof TrailmillError) return error.cure ? `${error.message} ${error.cure}` : error.message;
  return error instanceof Error ? error.message : String(error);
}
