/** Temporal messages of an audit, and the contents of its report: counts and the first differences. */
import { defineQuery } from '@temporalio/workflow';
import type { RetryTiming, RunConfigRef, SourceFilter, UnreadFiles, Visibility } from './messages.js';

/** The kinds of differences that an audit reports. */
export type DifferenceKind =
  /** An object is in the bucket but not in the ledger. */
  | 'missing_in_ledger'
  /** An object is in the ledger but no longer in the bucket. */
  | 'missing_in_bucket'
  /** The ledger has two entries that say the same object is ingested. */
  | 'twice_in_ledger'
  /** A table's number of rows for an object differs from the ledger. */
  | 'rows_differ'
  | 'rejects_differ'
  /** A table has rows for an object that is not in the ledger. */
  | 'unknown_rows'
  /** A commit is in a data table but not in the ledger. */
  | 'half_commit'
  /** A file of a table is missing. */
  | 'file_gone'
  /** The file exists but is corrupt: truncated, overwritten, or a different file. */
  | 'file_unreadable';

/** One difference between the bucket, the ledger and the tables. */
export interface Difference {
  what: DifferenceKind;
  day: string;
  /** Object key, address of an object or file, or commit id. */
  subject: string;
  /** Name of the affected table. */
  table?: string;
  /** The ledger's value, and what was found instead. */
  ledger: string | number | null;
  found: string | number | null;
  cure: string;
}

/** The first items of a list, and the number of all its items. */
export interface Truncated<T> {
  count: number;
  first: T[];
}

/** Counts from the bucket, the ledger and the tables: for a day, account, region and kind, or for all of them. */
export interface AuditCounts {
  /** Objects in the bucket. */
  listed: number;
  /** Objects in the ledger by current status. */
  ingested: number;
  quarantined: number;
  skipped: number;
  /** Quarantined objects that are no longer in the bucket. */
  gone: number;
  /** Older ETags of objects that were delivered again. */
  replaced: number;
  /** Records that became rows according to the ledger, and the rows that exist. */
  records: number;
  rows: number;
  /** The same for rejects. */
  rejects: number;
  rejectRows: number;
  /** Records without a row, according to the ledger. */
  duplicates: number;
  dropped: number;
}

/** All counts zero. */
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

/** The sum of the counts of two days. */
export function addCounts(a: AuditCounts, b: AuditCounts): AuditCounts {
  const sum = { ...a };
  for (const name of Object.keys(sum) as (keyof AuditCounts)[]) sum[name] += b[name];
  return sum;
}

/** Input of the workflow `audit`. */
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

/** State that an audit carries over a continue-as-new. */
export interface AuditProgress {
  /** Milliseconds since the epoch: start of the first run in the continue-as-new chain. */
  startedAt: number;
  /** First day that is not audited yet. */
  nextDay: string;
  /** Address of the list of sources, once discovered. */
  sources?: string;
  /** Found during discovery; absent if there are none or an older version ran it. */
  unread?: UnreadFiles;
  totals: AuditCounts;
  differences: Truncated<Difference>;
}

/** The result of auditing one day. Its report is stored as an object. */
export interface AuditedDay {
  totals: AuditCounts;
  differences: Truncated<Difference>;
}

/** The result of the `auditStatus` query. */
export interface AuditStatus {
  from: string;
  to: string;
  startedAt: number;
  days: { total: number; done: number };
  totals: AuditCounts;
  differences: Truncated<Difference>;
  /** CloudTrail files that no run reads; absent if there are none. */
  unread?: UnreadFiles;
}

/** Result of the workflow `audit`. Differences are not a failure. */
export interface AuditResult extends AuditStatus {
  /** Address of the full report, an object in the warehouse's work area. */
  report: string;
}

/** Maximum number of differences in Temporal payloads; the report has more. */
export const MAX_DIFFERENCES = 100;

/** Concatenates two lists and keeps at most `limit` items. */
export function joinTruncated<T>(a: Truncated<T>, b: Truncated<T>, limit: number): Truncated<T> {
  return { count: a.count + b.count, first: [...a.first, ...b.first].slice(0, limit) };
}

/** Name of the status query of an audit. */
export const AUDIT_STATUS = 'auditStatus';
/** Returns an audit's {@link AuditStatus}. */
export const auditStatusQuery = defineQuery<AuditStatus>(AUDIT_STATUS);
