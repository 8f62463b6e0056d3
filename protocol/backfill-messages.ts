/** The workflow `backfill`: input, progress, result, query, updates and memo. */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { IgnoredFiles, SourceFilter, UnknownFolders, UnreadFiles } from './bucket-messages.js';
import type { ControlState, WindowChange } from './control.js';
import type { Reprocess } from './reprocess-messages.js';
import type { RetryTiming, RunConfigRef, Visibility } from './run-messages.js';
import type { KnownFiles, Totals } from './totals.js';

/** Input of the workflow `backfill`. */
export interface BackfillInput {
  /** Name of the log source: `aws_cloudtrail`. */
  source: string;
  config: RunConfigRef;
  /** First and last delivery day, inclusive, `YYYY-MM-DD` (UTC). */
  from: string;
  to: string;
  filter: SourceFilter;
  /** Maximum number of concurrent `ingest-day` children, until the update `changeWindow` changes it. */
  daysInFlight: number;
  /** Maximum number of concurrently ingested batches of one day, until then. */
  batchesInFlight: number;
  /** Number of batches that are committed as one snapshot. */
  groupBatches: number;
  /** It pauses if a larger share of its records is rejected, 0 to 1. Absent in runs of earlier versions, which never do. */
  maxRejectRate?: number;
  retry: RetryTiming;
  /** Retry files that an earlier run quarantined. */
  retryQuarantined?: boolean;
  /** Read files again that are in the ledger, and replace their rows. Schedules never do. */
  reprocess?: Reprocess;
  visibility?: Visibility;
  /** Set by continue-as-new only. */
  carried?: BackfillProgress;
}

/** A day that failed. */
export interface DayFailure {
  day: string;
  /** One line for the user: what failed and why. */
  error: string;
}

/** State that a backfill carries over a continue-as-new. */
export interface BackfillProgress {
  /** Milliseconds since the epoch: start of the first run in the continue-as-new chain. */
  startedAt: number;
  /** First day that has not been started yet. */
  nextDay: string;
  /**
   * Days that were started and then returned to the queue: another run was still working on them when the history became too
   * long.
   */
  givenBack: string[];
  control: ControlState;
  daysDone: number;
  daysFailed: number;
  /** The first ones; `daysFailed` counts all. */
  failures: DayFailure[];
  totals: Totals;
  /** The share of rejected records at which it paused by itself. */
  acceptedRejectRate?: number;
  /** Address of the list of (account, kind, region) prefixes, once discovered. */
  sources?: string;
  /** Found during discovery; absent if an older version ran it. */
  unknown?: UnknownFolders;
  unread?: UnreadFiles;
  /** For finished days; absent if there are none. */
  ignored?: IgnoredFiles[];
  unlistedRegions?: string[];
  /** See `Discovered`. */
  damaged?: string[];
  /** Files that earlier runs entered in the ledger; absent if there are none, or if an older version runs it. */
  known?: KnownFiles;
}

/** The result of the `backfillStatus` query. */
export interface BackfillStatus {
  from: string;
  to: string;
  startedAt: number;
  /** `waiting`: days that another run is working on; this run processes them afterwards. */
  days: { total: number; done: number; failed: number; running: string[]; waiting: string[] };
  control: ControlState;
  /** Finished days, plus what running days have committed so far. */
  totals: Totals;
  /**
   * Files and stored bytes of all days planned so far, committed or not, and the number of these days, with those that failed
   * before they were planned. `days` is absent if an older version runs it.
   */
  planned: { files: number; bytes: number; days?: number };
  /**
   * How much is done, from 0 to 1: each day counts the same, and a running one by its bytes. It is known from the start, and never
   * decreases. Absent if an older version runs it.
   */
  share?: number;
  /** False until the places of the bucket are listed; absent if an older version runs it. */
  discovered?: boolean;
  failures: DayFailure[];
  unknown?: UnknownFolders;
  unread?: UnreadFiles;
  ignored?: IgnoredFiles[];
  unlistedRegions?: string[];
  /** See `Discovered`. */
  damaged?: string[];
  /** Files that earlier runs entered in the ledger; absent if there are none, or if an older version runs it. */
  known?: KnownFiles;
}

/**
 * Result of a finished backfill. If days failed, the workflow fails with an ApplicationFailure of type `BackfillIncomplete`
 * that has this result in its details.
 */
export interface BackfillResult {
  from: string;
  to: string;
  /** Milliseconds since the epoch: start of the first run in the continue-as-new chain. */
  startedAt: number;
  days: { total: number; done: number; failed: number };
  totals: Totals;
  /** The first ones; `days.failed` counts all. */
  failures: DayFailure[];
  unknown?: UnknownFolders;
  unread?: UnreadFiles;
  ignored?: IgnoredFiles[];
  unlistedRegions?: string[];
  /** See `Discovered`. */
  damaged?: string[];
  /** Files that earlier runs entered in the ledger; absent if there are none, or if an older version runs it. */
  known?: KnownFiles;
}

/** Type of the ApplicationFailure of a backfill with failed days; its first detail is the {@link BackfillResult}. */
export const BACKFILL_INCOMPLETE = 'BackfillIncomplete';

/** Name of the status query of a backfill. */
export const BACKFILL_STATUS = 'backfillStatus';

/** Returns a backfill's {@link BackfillStatus}. */
export const backfillStatusQuery = defineQuery<BackfillStatus>(BACKFILL_STATUS);

/** Pauses a backfill and returns the new state. Pausing a paused backfill or resuming a running one is not an error. */
export const pauseUpdate = defineUpdate<ControlState, [reason: string | null | undefined]>('pause');

/** Resumes a paused backfill and returns the new state. */
export const resumeUpdate = defineUpdate<ControlState>('resume');

/** Changes how many days and batches are in flight, and returns the new state. */
export const changeWindowUpdate = defineUpdate<ControlState, [WindowChange]>('changeWindow');

/** Added to the memo of a paused backfill, so that workflow lists and clients without a worker can see it. */
export interface PausedMemo {
  paused?: { reason: string | null };
}
