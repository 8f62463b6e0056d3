/** The workflow `backfill`: input, progress, result, query, updates and memo. */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { IgnoredFiles, SourceFilter, UnknownFolders, UnreadFiles } from './bucket-messages.js';
import type { ControlState, WindowChange } from './control.js';
import type { RetryTiming, RunConfigRef, Visibility } from './run-messages.js';
import type { Totals } from './totals.js';

/** Input of the workflow `backfill`. */
export interface BackfillInput {
  /** Name of the log source: `aws_cloudtrail`. */
  source: string;
  config: RunConfigRef;
  /** First and last delivery day, inclusive, `YYYY-MM-DD` (UTC). */
  from: string;
  to: string;
  filter: SourceFilter;
  /** How many `ingest-day` children run at once, until the update `changeWindow` says otherwise. */
  daysInFlight: number;
  /** How many batches of one day are ingested at once, until then. */
  batchesInFlight: number;
  /** How many batches are committed as one snapshot. */
  groupBatches: number;
  retry: RetryTiming;
  /** Take files again that an earlier run has quarantined. */
  retryQuarantined?: boolean;
  visibility?: Visibility;
  /** Set by continue-as-new only. */
  carried?: BackfillProgress;
}

/** A day that failed. */
export interface DayFailure {
  day: string;
  /** One line for a person: what failed and why. */
  error: string;
}

/** What a backfill carries over a continue-as-new. */
export interface BackfillProgress {
  /** Milliseconds since the epoch: start of the first run in the continue-as-new chain. */
  startedAt: number;
  /** First day that was not handed out yet. */
  nextDay: string;
  /** Days that were handed out and then given back: another run worked on them for longer than a history is. */
  givenBack: string[];
  control: ControlState;
  daysDone: number;
  daysFailed: number;
  /** The first ones; `daysFailed` counts all. */
  failures: DayFailure[];
  totals: Totals;
  /** Address of the list of (account, kind, region) prefixes, once discovered. */
  sources?: string;
  /** Found with it; absent where an older version looked. */
  unknown?: UnknownFolders;
  unread?: UnreadFiles;
  /** Of the days that are done; absent: none. */
  ignored?: IgnoredFiles[];
  unlistedRegions?: string[];
  /** See `Discovered`. */
  damaged?: string[];
}

/** The answer of the `backfillStatus` query. */
export interface BackfillStatus {
  from: string;
  to: string;
  startedAt: number;
  /** `waiting`: days that another run works on, after which this one looks at them. */
  days: { total: number; done: number; failed: number; running: string[]; waiting: string[] };
  control: ControlState;
  /** Done, and what running days have committed so far. */
  totals: Totals;
  /** What the days that were planned so far have to read (files and stored bytes), committed or not. */
  planned: { files: number; bytes: number };
  failures: DayFailure[];
  unknown?: UnknownFolders;
  unread?: UnreadFiles;
  ignored?: IgnoredFiles[];
  unlistedRegions?: string[];
  /** See `Discovered`. */
  damaged?: string[];
}

/** Result of a finished backfill. It fails with an ApplicationFailure of type `BackfillIncomplete`, this in its details. */
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
}

/** Type of the ApplicationFailure of a backfill with failed days; its first detail is the {@link BackfillResult}. */
export const BACKFILL_INCOMPLETE = 'BackfillIncomplete';

/** Name of the query of a backfill. */
export const BACKFILL_STATUS = 'backfillStatus';

/** Asks a backfill for its {@link BackfillStatus}. */
export const backfillStatusQuery = defineQuery<BackfillStatus>(BACKFILL_STATUS);

/** Updates of a backfill. Pausing what is paused and resuming what runs is no mistake: the answer says how it is. */
export const pauseUpdate = defineUpdate<ControlState, [reason: string | null | undefined]>('pause');

/** Ends a pause; answers with the state after it. */
export const resumeUpdate = defineUpdate<ControlState>('resume');

/** Changes how much is in flight; answers with the state after it. */
export const changeWindowUpdate = defineUpdate<ControlState, [WindowChange]>('changeWindow');

/** What a paused backfill adds to its memo: lists, and programs without a worker, see it there. */
export interface PausedMemo {
  paused?: { reason: string | null };
}
