/** Messages of the workflow `upkeep`, which keeps the tables small. */
import { defineQuery } from '@temporalio/workflow';
import type { RetryTiming, RunConfigRef, Visibility } from './run-messages.js';

/** What upkeep should do. */
export interface UpkeepRequest {
  /** First and last event day to compact, inclusive, `YYYY-MM-DD` (UTC). Absent: no limit. */
  from?: string;
  to?: string;
  /** Report what would be done, and change nothing. */
  dryRun?: boolean;
}

/** Input of the workflow `upkeep`. */
export interface UpkeepInput extends UpkeepRequest {
  source: string;
  config: RunConfigRef;
  retry: RetryTiming;
  visibility?: Visibility;
  /** Set by continue-as-new only. */
  carried?: UpkeepProgress;
}

/** Files and their bytes. */
export interface FileSum {
  files: number;
  bytes: number;
}

/** What was done to one table; with `dryRun`, what would be done. */
export interface TableUpkeep {
  /** Name of the table in the catalog. */
  table: string;
  /** Days removed by retention, and their rows. */
  dropped: { days: number; rows: number };
  /** Compacted days, and the data files and delete files before and after. */
  compacted: { days: number; before: FileSum; after: FileSum };
  /** Days that ingestion or another writer changed at the same time. The next upkeep compacts them. */
  postponed: number;
  /** Number of manifests of the current snapshot, if they were rewritten. */
  manifests: { before: number; after: number };
  snapshotsExpired: number;
  /** Deleted files that were in no snapshot. */
  unused: FileSum;
  /** Deleted metadata files of old versions. */
  oldMetadata: FileSum;
  /** The index for searches; absent if the table has none, or there was nothing to do. */
  index?: IndexUpkeep;
  /** Unused files were not deleted, because the store does not support listing them (S3 Tables). */
  filesLeft?: true;
}

/** What was done to the index for searches. */
export interface IndexUpkeep {
  /** Number of segments removed by merging. */
  merged: number;
  /** Data files that were added to the index. */
  indexed: number;
  /** Data files that cannot be read and are not in the index. */
  damaged?: number;
}

/** Deleted objects of the work area, apart from event lists, which are deleted with their data files. */
export interface WorkAreaUpkeep {
  /** Objects of plans that are no longer needed. */
  plans: number;
}

/** A table without anything to do. */
export function untouched(table: string): TableUpkeep {
  const none: FileSum = { files: 0, bytes: 0 };
  return {
    table,
    dropped: { days: 0, rows: 0 },
    compacted: { days: 0, before: none, after: none },
    postponed: 0,
    manifests: { before: 0, after: 0 },
    snapshotsExpired: 0,
    unused: none,
    oldMetadata: none,
  };
}

/** The sum of two counts of files. */
export function addFiles(a: FileSum, b: FileSum): FileSum {
  return { files: a.files + b.files, bytes: a.bytes + b.bytes };
}

/** The result of the activity `findDays`: the days of a table to compact, in ascending order. */
export interface DaysToCompact {
  /** Days that are compacted by one activity. */
  groups: string[][];
}

/** The result of the activity `compactDays`. */
export type CompactedDays = Pick<TableUpkeep, 'compacted' | 'postponed'>;

/** The result of the activity `expireTable`. */
export type ExpiredSnapshots = Pick<TableUpkeep, 'snapshotsExpired' | 'unused'>;

/** The result of the activity `tidyTable`. */
export type TidiedTable = Pick<
  TableUpkeep,
  'manifests' | 'snapshotsExpired' | 'unused' | 'oldMetadata' | 'index' | 'filesLeft'
>;

/** Adds what tidying a table has done to what expiring its snapshots had done before. */
export function addTidied(before: ExpiredSnapshots, tidied: TidiedTable): TidiedTable {
  return {
    ...tidied,
    snapshotsExpired: before.snapshotsExpired + tidied.snapshotsExpired,
    unused: addFiles(before.unused, tidied.unused),
  };
}

/** State that upkeep carries over a continue-as-new. */
export interface UpkeepProgress {
  /** Milliseconds since the epoch: start of the first run in the continue-as-new chain. */
  startedAt: number;
  /** Names of the tables that exist, in the order of the work; absent before they are known. */
  tables?: string[];
  /** Finished tables, and the current one. */
  done: TableUpkeep[];
  /** The last day that was compacted in the current table; absent before its first. */
  after?: string;
  /** Days to compact in the current table that are not done yet; for progress. */
  daysLeft: number;
}

/** The result of the `upkeepStatus` query. */
export interface UpkeepStatus extends UpkeepRequest {
  startedAt: number;
  /** Number of tables; 0 before it is known. */
  tables: number;
  done: TableUpkeep[];
  daysLeft: number;
}

/** Result of the workflow `upkeep`. */
export interface UpkeepResult extends UpkeepStatus {
  workArea: WorkAreaUpkeep;
}

/** Name of the status query of upkeep. */
export const UPKEEP_STATUS = 'upkeepStatus';
/** Returns an upkeep's {@link UpkeepStatus}. */
export const upkeepStatusQuery = defineQuery<UpkeepStatus>(UPKEEP_STATUS);
