/** The workflow `ingestDay`: input, progress, query, signals and memo. */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { IgnoredFiles, SourceFilter } from './bucket-messages.js';
import type { DayControl } from './control.js';
import type { Reprocess } from './reprocess-messages.js';
import type { RetryTiming, RunConfigRef, Visibility } from './run-messages.js';
import type { KnownFiles, Totals } from './totals.js';

/** Input of the workflow `ingestDay`. */
export interface IngestDayInput {
  source: string;
  config: RunConfigRef;
  day: string;
  filter: SourceFilter;
  /** The state when the day starts; the backfill signals changes. */
  control: DayControl;
  groupBatches: number;
  retry: RetryTiming;
  retryQuarantined?: boolean;
  /** As in `BackfillInput`; the keys are those of the day. */
  reprocess?: Reprocess;
  /** Id of the workflow that requested the day: recorded in the ledger and in the snapshot summaries. */
  run: string;
  /** Address of the list of prefixes; discovered if absent. */
  sources?: string;
  visibility?: Visibility;
  /** Set by continue-as-new only. */
  carried?: CarriedDay;
}

/** State that a day carries over a continue-as-new. */
export interface CarriedDay {
  plan: DayPlan;
  nextGroup: number;
  totals: Totals;
  /**
   * What earlier plans have committed. `other`: quarantined or skipped files of them; absent in older versions. `kept`: files that
   * they could not read again; absent if there are none.
   */
  before: { files: number; bytes: number; other?: number; kept?: { files: number; bytes: number } };
  /** Make a new plan next, even if there is an unfinished one. */
  fresh: boolean;
  failed: FailedBatches;
  /** From the newest plan; absent if there are none. */
  ignored?: IgnoredFiles[];
}

/** The batches that a day could not ingest. */
export interface FailedBatches {
  count: number;
  /** One line for each of the first ones. */
  reasons: string[];
}

/** A plan's size and address. The batches themselves are objects in the work area. */
export interface DayPlan {
  id: string;
  /** Key prefix of the batch objects. */
  address: string;
  batches: number;
  files: number;
  bytes: number;
  /** Batch indexes in the order in which they are ingested; absent: in index order. */
  order?: number[];
  /** First group of batches that is not committed; `files` and `bytes` count what remains from there. */
  nextGroup: number;
  /** It is an earlier run's plan: afterwards the day must be planned again, for files that arrived in the meantime. */
  resumed: boolean;
  /**
   * Descriptions of the first batches for the user: `2,000 files · 111122223333 eu-west-1`. Absent in plans of older versions.
   */
  about?: string[];
  /** The ledger's sequence number when the day was planned. The plan does not reflect later ledger commits. */
  ledgerSequence: string;
  /** Files of the day that the plan ignores; absent if there are none or an older version made the plan. */
  ignored?: IgnoredFiles[];
  /** Files of the day that the plan leaves out because the ledger has them; absent as above. */
  known?: KnownFiles;
}

/** Failure type of a commit whose plan is outdated: another run has, or may have, committed files of the day. */
export const PLAN_OUTDATED = 'PlanOutdated';

/** Progress of a day; also sent to a parent backfill with the `dayProgress` signal after every group. */
export interface DayProgress {
  day: string;
  planned: { files: number; bytes: number };
  totals: Totals;
  /** Ignored files of the day; absent if there are none. */
  ignored?: IgnoredFiles[];
  /** Files that earlier runs entered in the ledger; absent if there are none. */
  known?: KnownFiles;
}

/** The result of the `dayStatus` query. */
export interface DayStatus extends DayProgress {
  control: DayControl;
}

/** Returns a day's {@link DayStatus}. */
export const dayStatusQuery = defineQuery<DayStatus>('dayStatus');

/** Sent by a day to its backfill. */
export const dayProgressSignal = defineSignal<[DayProgress]>('dayProgress');

/** Sent by a backfill to its days. */
export const dayControlSignal = defineSignal<[DayControl]>('control');

/** The memo of a day: shows its progress to workflow lists and to clients without a worker. Updated with each commit. */
export interface DayMemo {
  day: string;
  /** Id of the workflow that requested the day. */
  run: string;
  /** Version of Trailmill that started it. */
  version: string;
  counts: DayCounts;
}

/** The counts in the memo of a day. */
export interface DayCounts extends Pick<Totals, 'files' | 'bytes' | 'events' | 'rejects' | 'quarantined'> {
  /** Files to ingest; `files` of them are done. 0 before the first plan. */
  plannedFiles: number;
  /** Files that earlier runs ingested, quarantined or skipped; absent if there are none. */
  knownFiles?: number;
}

/** The counts that workflow lists show for a day. */
export function dayCounts({ planned, totals, known }: Pick<DayProgress, 'planned' | 'totals' | 'known'>): DayCounts {
  const { files, bytes, events, rejects, quarantined } = totals;
  const before = known === undefined ? {} : { knownFiles: known.ingested + known.other };
  return { plannedFiles: planned.files, files, bytes, events, rejects, quarantined, ...before };
}
