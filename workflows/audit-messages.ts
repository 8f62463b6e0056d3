/** What travels through Temporal for an audit, and what its report is made of: counts, and the first of what differs. */
import { defineQuery } from '@temporalio/workflow';
import type { RetryTiming, RunConfigRef, SourceFilter, UnreadFiles, Visibility } from './messages.js';

export type DifferenceKind =
  /** The bucket has an object that the ledger does not have. */
  | 'missing_in_ledger'
  /** The ledger has an object that the bucket does not have any more. */
  | 'missing_in_bucket'
  /** The ledger says of one object twice that it is ingested. */
  | 'twice_in_ledger'
  /** A table has another number of rows of an object than the ledger says. */
  | 'rows_differ'
  | 'rejects_differ'
  /** A table has rows of an object that the ledger does not know. */
  | 'unknown_rows'
  /** A commit is in a data table and not in the ledger. */
  | 'half_commit'
  /** A file that a table is made of is gone. */
  | 'file_gone'
  /** It is there, and is not what it should be: cut, overwritten, or another file. */
  | 'file_unreadable';

export interface Difference {
  what: DifferenceKind;
  day: string;
  /** Object key, address of an object or file, or commit id. */
  subject: string;
  /** Name of the table that it is about. */
  table?: string;
  /** What the ledger says, and what was found instead. */
  ledger: string | number | null;
  found: string | number | null;
  cure: string;
}

/** The first of many, and how many there are. */
export interface Kept<T> {
  count: number;
  first: T[];
}

/** Counts of both sides: of a day, account, region and kind, or of all. */
export interface AuditCounts {
  /** Objects in the bucket. */
  listed: number;
  /** Objects of the ledger by their present state. */
  ingested: number;
  quarantined: number;
  skipped: number;
  /** Of the quarantined: those that are gone from the bucket. */
  gone: number;
  /** Older ETags of objects that were delivered anew. */
  replaced: number;
  /** Records that the ledger says are rows, and the rows that there are. */
  records: number;
  rows: number;
  /** The same of the rejects. */
  rejects: number;
  rejectRows: number;
  /** Records without a row, by the ledger alone. */
  duplicates: number;
  dropped: number;
}

export const NO_COUNTS: Readonly<AuditCounts> = {
  listed: 0,
  ingested: 0,
  quarantined: 0,
  skipped: 0,
  gone: 0,
  replaced: 0,
  records: 0,
  rows: 0,
  rejects: 0,
  rejectRows: 0,
  duplicates: 0,
  dropped: 0,
};

export function addCounts(a: AuditCounts, b: AuditCounts): AuditCounts {
  const sum = { ...a };
  for (const name of Object.keys(sum) as (keyof AuditCounts)[]) sum[name] += b[name];
  return sum;
}

export interface AuditInput {
  source: string;
  config: RunConfigRef;
  /** First and last delivery day, inclusive, `YYYY-MM-DD` (UTC). */
  from: string;
  to: string;
  filter: SourceFilter;
  retry: RetryTiming;
  visibility?: Visibility;
  /** Set by continue-as-new only. */
  carried?: AuditProgress;
}

export interface AuditProgress {
  /** Milliseconds since the epoch: start of the first run in the continue-as-new chain. */
  startedAt: number;
  /** First day that is not audited yet. */
  nextDay: string;
  /** Address of the list of places, once discovered. */
  sources?: string;
  /** Found with it; absent: none, or an older version looked. */
  unread?: UnreadFiles;
  totals: AuditCounts;
  differences: Kept<Difference>;
}

/** What the audit of one day hands to the workflow; its report is an object. */
export interface AuditedDay {
  totals: AuditCounts;
  differences: Kept<Difference>;
}

/** The answer of the `auditStatus` query. */
export interface AuditStatus {
  from: string;
  to: string;
  startedAt: number;
  days: { total: number; done: number };
  totals: AuditCounts;
  differences: Kept<Difference>;
  /** Files of CloudTrail that no run reads; absent: none. */
  unread?: UnreadFiles;
}

export interface AuditResult extends AuditStatus {
  /** Address of the whole report, an object in the warehouse's work area. */
  report: string;
}

/** Differences that travel; the report has more. */
export const DIFFERENCES_CARRIED = 100;

/** One list after another, cut at `most`. */
export function joinKept<T>(a: Kept<T>, b: Kept<T>, most: number): Kept<T> {
  return { count: a.count + b.count, first: [...a.first, ...b.first].slice(0, most) };
}

export const AUDIT_STATUS = 'auditStatus';
export const auditStatusQuery = defineQuery<AuditStatus>(AUDIT_STATUS);
