/** The error table: for each class, what is done, on what level, and what a person does about it. */
import { TrailmillError } from './classes.js';
import type { QuarantineCode } from './file-codes.js';

/**
 * What a plan, a batch or a commit does about an error:
 * - `retry`: it is done again, with growing waits, until `retry.give_up_after_hours` is over; then its day fails
 * - `plan again`: its day is planned again at once, with what is not in the ledger by then
 * - `stop`: its day fails at once, and the other days go on
 */
export type Action = 'retry' | 'plan again' | 'stop';

export interface Policy {
  action: Action;
  /** Where it is about one object of the bucket that is being read: only that file is set aside, and the run goes on. */
  quarantine?: QuarantineCode | 'by its reason';
  /** When it is thrown. */
  means: string;
  /** What a person does about it. */
  cure: string;
}

/** The closed set of error names. A class that is not here is a defect of ours: see {@link TRIES_OF_A_DEFECT}. */
export const POLICY = {
  StorageUnavailable: {
    action: 'retry',
    means: 'the bucket or the warehouse gives no answer, says that it is busy, or its disk is full',
    cure: 'nothing, when it comes back in time. The waiting batch shows the message in the UI; a full disk needs space',
  },
  CommitConflict: {
    action: 'retry',
    means: 'another writer committed to the table first, twenty times in a row',
    cure: 'nothing: the table is loaded again each time',
  },
  CommitStateUnknown: {
    action: 'retry',
    means: 'the store gave no answer to a commit, so it may or may not have happened',
    cure: "nothing: the table's history is looked up before anything is repeated",
  },
  PlanOutdated: {
    action: 'plan again',
    means: 'another run has committed files of the day since the day was planned',
    cure: 'nothing, unless it happens for ever: then two servers work into one warehouse, and one of them should not',
  },
  UnreadableFile: {
    action: 'stop',
    quarantine: 'by its reason',
    means: 'a delivered file is not what its key says',
    cure: 'look its code up below',
  },
  ObjectNotFound: {
    action: 'stop',
    quarantine: 'object_not_found',
    means: 'an object is gone. In the warehouse: a file that a table, a plan or the ledger needs',
    cure: 'in the bucket: nothing, or see its code below. In the warehouse: bring it back from a backup, or ingest into a new one',
  },
  ObjectChanged: {
    action: 'stop',
    quarantine: 'object_changed',
    means: 'an object was replaced between its listing and its reading',
    cure: 'nothing: the next run takes what is there then',
  },
  StorageAccessDenied: {
    action: 'stop',
    quarantine: 'access_denied',
    means:
      'the store refuses: permissions, not weather. It is about one file when that file is read; about the day when it is a listing, the warehouse, or every one of ten files or more',
    cure: 'give what the message names to whoever runs the worker, and start the range again',
  },
  AlreadyExists: {
    action: 'stop',
    means: 'a key that only one writer may take is taken by something else',
    cure: 'look at the object that the message names: nothing but Trailmill should write into its warehouse',
  },
  TableUnusable: {
    action: 'stop',
    means:
      'a table is there, but this version cannot write to it; or a file of it is gone or [damaged](operations.md#damage)',
    cure: 'what the message says: restore the file that it names; a newer version, another name, another warehouse',
  },
  RunRefused: {
    action: 'stop',
    means:
      "a workflow's input names a run configuration that the worker may not use: in another warehouse, changed after it was written, with another REST catalog, or with a transform or an MMDB file from outside of the worker's project",
    cure: 'start the worker with the configuration that the run was started with, or allow the place in `worker.allow` of temporal.yaml',
  },
  UserMistake: {
    action: 'stop',
    means:
      'a flag, a file of the project, a transform or the environment is wrong. A command says so before it starts anything, and exits with 2',
    cure: 'what the message says',
  },
} as const satisfies Record<string, Policy>;

export type ErrorName = keyof typeof POLICY;

/** An error that nobody foresaw is a defect: to try it a few times costs little, for ever would hide it. Then its day fails. */
export const TRIES_OF_A_DEFECT = 5;

/** The policy for any thrown value; `undefined` for one that is not ours. */
export function policyOf(error: unknown): Policy | undefined {
  return error instanceof TrailmillError ? POLICY[error.name] : undefined;
}

/** The code that a file of the bucket is set aside with after an error while it was read; `undefined` where it is not. */
export function quarantineCodeOf(error: unknown): QuarantineCode | undefined {
  const code = policyOf(error)?.quarantine;
  return code === 'by its reason' ? (error as TrailmillError & { reason: QuarantineCode }).reason : code;
}
