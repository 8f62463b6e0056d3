/** The workflow `ingestDay`: input, progress, query, signals and memo. */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { IgnoredFiles, SourceFilter } from './bucket-messages.js';
import type { DayControl } from './control.js';
import type { RetryTiming, RunConfigRef, Visibility } from './run-messages.js';
import type { Totals } from './totals.js';

/** Input of the workflow `ingestDay`. */
export interface IngestDayInput {
  source: string;
  config: RunConfigRef;
  day: string;
  filter: SourceFilter;
  /** As it is when the day begins; the backfill signals what changes. */
  control: DayControl;
  groupBatches: number;
  retry: RetryTiming;
  retryQuarantined?: boolean;
  /** Id of the workflow that asked for the day: named in the ledger and in the snapshot summaries. */
  run: string;
  /** Address of the list of prefixes; discovered when absent. */
  sources?: string;
  visibility?: Visibility;
  /** Set by continue-as-new only. */
  carried?: CarriedDay;
}

/** What a day carries over a continue-as-new. */
export interface CarriedDay {
  plan: DayPlan;
  nextGroup: number;
  totals: Totals;
  /** What plans before this one have committed. */
  before: { files: number; bytes: number };
  /** The next plan is to be a new one, also where an unfinished one is there. */
  fresh: boolean;
  failed: FailedBatches;
  /** As the newest plan has it; absent: none. */
  ignored?: IgnoredFiles[];
}

/** What a day could not ingest. */
export interface FailedBatches {
  count: number;
  /** A line for each of the first ones. */
  reasons: string[];
}

/** The plan's size and address; the batches themselves are objects in the work area. */
export interface DayPlan {
  id: string;
  /** Key prefix of the batch objects. */
  address: string;
  batches: number;
  files: number;
  bytes: number;
  /** The numbers of the batches in the order in which they are ingested; absent: as they are numbered. */
  order?: number[];
  /** First group of batches that is not committed; `files` and `bytes` are what is left from there on. */
  nextGroup: number;
  /** It is an earlier run's: afterwards the day has to be planned anew, for what has come since. */
  resumed: boolean;
  /** What the first batches are, for people: `2,000 files · 111122223333 eu-west-1`. Absent in plans of older versions. */
  about?: string[];
  /** The ledger's sequence number when the day was planned: what came after it, the plan does not know. */
  ledgerSequence: string;
  /** Files of the day that the plan leaves out; absent: none, or an older version has planned. */
  ignored?: IgnoredFiles[];
}

/** The type of the failure of a commit whose plan does not hold any more: others have committed files of the day. */
export const PLAN_OUTDATED = 'PlanOutdated';

/** Progress of a day; also sent to a parent backfill with the `dayProgress` signal after every group. */
export interface DayProgress {
  day: string;
  planned: { files: number; bytes: number };
  totals: Totals;
  /** Files of the day that are left out; absent: none. */
  ignored?: IgnoredFiles[];
}

/** The answer of the `dayStatus` query. */
export interface DayStatus extends DayProgress {
  control: DayControl;
}

/** Asks a day for its {@link DayStatus}. */
export const dayStatusQuery = defineQuery<DayStatus>('dayStatus');

/** From a day to its backfill. */
export const dayProgressSignal = defineSignal<[DayProgress]>('dayProgress');

/** From a backfill to its days. */
export const dayControlSignal = defineSignal<[DayControl]>('control');

/** The memo of a day: lists, and programs without a worker, see there how far it is. Told anew with each commit. */
export interface DayMemo {
  day: string;
  /** Id of the workflow that asked for the day. */
  run: string;
  /** Of Trailmill, that started it. */
  version: string;
  counts: DayCounts;
}

/** The counts in the memo of a day. */
export interface DayCounts extends Pick<Totals, 'files' | 'bytes' | 'events' | 'rejects' | 'quarantined'> {
  /** What there is to be done, `files` of them is. 0 before the first plan. */
  plannedFiles: number;
}

/** What lists show of a day. */
export function dayCounts({ planned, totals }: Pick<DayProgress, 'planned' | 'totals'>): DayCounts {
  const { files, bytes, events, rejects, quarantined } = totals;
  return { plannedFiles: planned.files, files, bytes, events, rejects, quarantined };
}
