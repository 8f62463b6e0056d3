/** The error table: how each class is handled, at which level, and what the user should do about it. */
import type { QuarantineCode } from './file-codes.js';

/**
 * What happens to a plan, batch or commit after an error:
 * - `retry`: it is retried with exponential backoff for up to `retry.give_up_after_hours`; then its day fails
 * - `replan`: its day is planned again immediately, with the files that are not in the ledger by then
 * - `stop`: its day fails immediately, and the other days continue
 */
export type Action = 'retry' | 'replan' | 'stop';

/** How a class of errors is handled. */
export interface ErrorPolicy {
  action: Action;
  /**
   * Set if the error can concern a single bucket object while it is read: only that file is quarantined, and the run continues.
   */
  quarantine?: QuarantineCode | 'by reason';
  /** When it is thrown. */
  means: string;
  /** What the user should do about it. */
  cure: string;
}

/** The closed set of error names. Any other error is a defect: see {@link MAX_DEFECT_ATTEMPTS}. */
export const POLICY = {
  StorageUnavailable: {
    action: 'retry',
    means: 'the bucket or the warehouse does not respond, reports that it is busy, or its disk is full',
    cure: 'nothing, if it recovers in time. The waiting batch shows the message in the UI; a full disk needs free space',
  },
  CommitConflict: {
    action: 'retry',
    means: 'another writer committed to the table first, twenty times in a row',
    cure: 'nothing: the table is reloaded each time',
  },
  CommitStateUnknown: {
    action: 'retry',
    means: 'the store did not respond to a commit, so it may or may not have succeeded',
    cure: "nothing: the table's history is checked before anything is retried",
  },
  PlanOutdated: {
    action: 'replan',
    means:
      'another run has committed files of the day since it was planned, or has possibly done so: the snapshots that would show it have expired',
    cure: 'nothing, unless it keeps happening. Then either two servers write to the same warehouse (stop one of them), or snapshots expire too early (keep at least one day of them)',
  },
  ReplaceOutdated: {
    action: 'replan',
    means: 'another writer deleted rows or files of a day while its files were being rewritten',
    cure: 'nothing: the new files are removed, and the next upkeep retries the day',
  },
  UnreadableFile: {
    action: 'stop',
    quarantine: 'by reason',
    means: 'a delivered file is not what its key says it is',
    cure: 'look up its code below',
  },
  ObjectNotFound: {
    action: 'stop',
    quarantine: 'object_not_found',
    means: 'an object does not exist. In the warehouse: a file that a table, a plan or the ledger needs is missing',
    cure: 'in the bucket: nothing, or see its code below. In the warehouse: restore it from a backup, or ingest into a new warehouse',
  },
  ObjectChanged: {
    action: 'stop',
    quarantine: 'object_changed',
    means: 'an object was replaced after it was listed and before it was read',
    cure: 'nothing: the next run reads the new object',
  },
  StorageAccessDenied: {
    action: 'stop',
    quarantine: 'access_denied',
    means:
      'the store denies access: a permissions problem, not an outage. If it concerns a single file, only that file is quarantined; if it concerns a listing, the warehouse, or all of ten or more files, the day fails',
    cure: "grant the permission that the message names to the worker's identity, and start the range again",
  },
  AlreadyExists: {
    action: 'stop',
    means: 'a key that only one writer may create already exists with other content',
    cure: 'check the object that the message names: only Trailmill should write to its warehouse',
  },
  TableUnusable: {
    action: 'stop',
    means:
      'a table exists, but this version cannot write to it; or one of its files is missing or [damaged](operations.md#damage)',
    cure: 'follow the message: restore the file that it names, or use a newer version, another name or another warehouse',
  },
  RunRefused: {
    action: 'stop',
    means:
      "a workflow's input names a run configuration that the worker may not use: it is in another warehouse, was changed after it was written, uses another REST catalog, or has a transform or an MMDB file from outside the worker's project",
    cure: 'start the worker with the configuration that the run was started with, or allow the location in `worker.allow` in temporal.yaml',
  },
  UserMistake: {
    action: 'stop',
    means:
      'a flag, a project file, a transform or the environment is invalid. A command reports it before it starts anything, and exits with 2',
    cure: 'follow the message',
  },
} as const satisfies Record<string, ErrorPolicy>;

/** The name of a deliberately thrown error: a key of {@link POLICY}. */
export type ErrorName = keyof typeof POLICY;

/**
 * Attempts for an unexpected error (a defect) before its day fails. A few attempts are cheap; without a limit the defect would
 * stay hidden.
 */
export const MAX_DEFECT_ATTEMPTS = 5;
