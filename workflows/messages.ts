/**
 * What travels through Temporal: inputs, results, queries. References and small counts only, never anything of the
 * size of the bucket.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ControlState, DayControl, WindowChange } from './control.js';

/** Narrowing by parts of the object key; an absent list means "all". */
export interface SourceFilter {
  /** 12-digit account ids. */
  accounts?: string[];
  /** AWS regions, such as `eu-west-1`. */
  regions?: string[];
  /** CloudTrail kinds, such as `CloudTrail`, `CloudTrail-Insight`. */
  kinds?: string[];
}

/** Address (an object key in the warehouse's work area) of the frozen run configuration; content-addressed. */
export type RunConfigRef = string;

/** Counts that add up over files, batches and days. `bytes` are stored (compressed) bytes. */
export interface Totals {
  /** Objects entered in the ledger by this run: ingested + quarantined + skipped. */
  files: number;
  bytes: number;
  /** Records that became rows. */
  events: number;
  /** Records that went to the rejects table. */
  rejects: number;
  /** Records that a transform dropped. */
  dropped: number;
  /** Records that their table had already: repeats, which are not kept. */
  duplicates: number;
  /** Files that could not be read. */
  quarantined: number;
  /** The same by reason. */
  quarantinedFor: QuarantineReason[];
  /** Files whose table is not wanted. */
  skipped: number;
  /** Files that were ingested before with another ETag: counted in `files` too. */
  replaced: number;
}

export interface QuarantineReason {
  /** Reason code: docs/errors.md has them all. */
  code: string;
  files: number;
  /** Key of the first of them. */
  example: string;
}

export const NO_TOTALS: Readonly<Totals> = {
  files: 0,
  bytes: 0,
  events: 0,
  rejects: 0,
  dropped: 0,
  duplicates: 0,
  quarantined: 0,
  quarantinedFor: [],
  skipped: 0,
  replaced: 0,
};

/** How activities are tried again: `retry` of temporal.yaml. */
export interface RetryTiming {
  /** Without a sign of life for so long an activity counts as lost with its worker, seconds. */
  heartbeatTimeoutSeconds: number;
  /** Longest wait between two tries, seconds. */
  maximumIntervalSeconds: number;
  /** After so long without success the day fails, hours. */
  giveUpAfterHours: number;
}

/** What lists of workflows show. Where it is absent nothing is told: histories of versions without it have to replay. */
export interface Visibility {
  /** Of Trailmill, for the memo. */
  version: string;
  /** Are the search attributes registered? To set one that is not fails a workflow's tasks for ever. */
  searchable: boolean;
}

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

/** Folders of the bucket that are not understood. Those of other services are not among them: they are no surprise. */
export interface UnknownFolders {
  folders: number;
  /** Whole keys of the first ones. */
  first: string[];
}

/** A file of CloudTrail that no run reads, because it is not where CloudTrail puts its files. */
export interface UnreadFile {
  /** Whole key; of what was not looked into, the folder's, with the slash at its end. */
  key: string;
  /** The folder where it would be read, as a whole key; `null` where its key does not say it. */
  moveTo: string | null;
}

/** Files of CloudTrail that no run reads, and that may belong to the days and the places in question. */
export interface UnreadFiles {
  files: number;
  /** There are more: the count stops where it would take too many requests. */
  atLeast: boolean;
  /** A few of them, the first by their keys. */
  first: UnreadFile[];
}

/** Why a file in its right place is left there: neither read nor entered in the ledger. */
export type IgnoredWhy =
  /** By its name a copy that is not finished: see `cloudtrail/partial-copies.ts`. */
  | 'partial_copy'
  /** Its key does not match `key_pattern`. */
  | 'key_pattern'
  /** In a copy on disk, what is no file that can be opened: see `OddWhy` in `storage/object-store.ts`. */
  | 'not_a_file'
  | 'broken_link'
  | 'bad_name'
  | 'unreadable';

export interface IgnoredFiles {
  why: IgnoredWhy;
  files: number;
  /** Key of the first of them. */
  example: string;
}

/** What is in the bucket. */
export interface Discovered {
  /** Address of the list. */
  address: string;
  /** Number of (account, kind, region) places. */
  sources: number;
  /** Number of folders that are not CloudTrail's. */
  unknown: number;
  /** Those of them that are no other service's; absent where an older version looked. */
  surprises?: UnknownFolders;
  /** Absent where there are none, and where an older version looked. */
  unread?: UnreadFiles;
  /** Regions that are read and not listed in the version that looked: the first ones; absent where there are none. */
  unlistedRegions?: string[];
  /** Of each table with a damaged data file what is damaged, and the cure; absent where there are none. */
  damaged?: string[];
}

export interface DayFailure {
  day: string;
  /** One line for a person: what failed and why. */
  error: string;
}

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
export const BACKFILL_INCOMPLETE = 'BackfillIncomplete';

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

export const BACKFILL_STATUS = 'backfillStatus';
export const backfillStatusQuery = defineQuery<BackfillStatus>(BACKFILL_STATUS);
export const dayStatusQuery = defineQuery<DayStatus>('dayStatus');

/** From a day to its backfill. */
export const dayProgressSignal = defineSignal<[DayProgress]>('dayProgress');
/** From a backfill to its days. */
export const dayControlSignal = defineSignal<[DayControl]>('control');

/** Updates of a backfill. Pausing what is paused and resuming what runs is no mistake: the answer says how it is. */
export const pauseUpdate = defineUpdate<ControlState, [reason: string | null | undefined]>('pause');
export const resumeUpdate = defineUpdate<ControlState>('resume');
export const changeWindowUpdate = defineUpdate<ControlState, [WindowChange]>('changeWindow');

/** The memo of a day: lists, and programs without a worker, see there how far it is. Told anew with each commit. */
export interface DayMemo {
  day: string;
  /** Id of the workflow that asked for the day. */
  run: string;
  /** Of Trailmill, that started it. */
  version: string;
  counts: DayCounts;
}

export interface DayCounts extends Pick<Totals, 'files' | 'bytes' | 'events' | 'rejects' | 'quarantined'> {
  /** What there is to be done, `files` of them is. 0 before the first plan. */
  plannedFiles: number;
}

/** What a paused backfill adds to its memo: lists, and programs without a worker, see it there. */
export interface PausedMemo {
  paused?: { reason: string | null };
}
