/** Messages of the workflow `verify`, which verifies digests and log files. */
import { defineQuery } from '@temporalio/workflow';
import { joinTruncated, type Truncated } from './audit-messages.js';
import type { SourceFilter } from './bucket-messages.js';
import type { RetryTiming, RunConfigRef, Visibility } from './run-messages.js';
import type { WorkflowStatus } from './search-attributes.js';

/** Numbers of verdicts by status. */
export interface StatusCounts {
  valid: number;
  failed: number;
  unproven: number;
}

/** The verdicts that have the same code. */
export interface CodeCount {
  code: string;
  status: 'failed' | 'unproven';
  count: number;
  /** The first key in sort order. */
  example: string;
}

/** A verdict that is a failure. */
export interface IntegrityFailure {
  /** `log file`, `digest` or `chain`. */
  subject: string;
  key: string;
  code: string;
  message: string;
}

/** The counts of a verification, of one day or of all. */
export interface IntegrityCounts {
  logFiles: StatusCounts;
  digests: StatusCounts;
  /** Places in chains of digests that failed or are unproven. */
  chains: number;
  /** Objects that were read again. */
  readAgain: number;
  /** All codes, by name. */
  codes: CodeCount[];
}

const NONE: StatusCounts = { valid: 0, failed: 0, unproven: 0 };

/** All counts zero. */
export const NO_VERDICTS: IntegrityCounts = { logFiles: NONE, digests: NONE, chains: 0, readAgain: 0, codes: [] };

/** What to verify. */
export interface VerifyRequest {
  /** First and last delivery day, inclusive, `YYYY-MM-DD` (UTC). */
  from: string;
  to: string;
  filter: SourceFilter;
  /** Only digests of this trail, and the log files that they name. */
  trail?: string;
  /** Percentage of the objects to read again; absent: none. */
  recheck?: number;
}

/** Input of the workflow `verify`. */
export interface VerifyInput extends VerifyRequest {
  source: string;
  config: RunConfigRef;
  retry: RetryTiming;
  visibility?: Visibility;
  /** Set by continue-as-new only. */
  carried?: VerifyProgress;
}

/** Where the objects were delivered, and the keys of the digests: the result of the activity `prepareVerify`. */
export interface VerifyPlan {
  origin: { bucket: string; prefix: string };
  /** True if the bucket is taken from the digests, because the location is a copy and no bucket is configured. */
  assumed: boolean;
  keys: { known: number; unknown: UnknownKey[] };
  /** The place that most digests say, if it is another one: `bucket/prefix`. */
  said?: string;
  /** Names of the trails that have digests, at most {@link MOST_TRAILS}. */
  trails: string[];
}

/** Maximum number of trails that a plan names. */
export const MOST_TRAILS = 50;

/** A public key that digests name and that could not be had. */
export interface UnknownKey {
  fingerprint: string;
  region: string;
  why: string;
}

/** State that a verification carries over a continue-as-new. */
export interface VerifyProgress {
  /** Milliseconds since the epoch: start of the first run in the continue-as-new chain. */
  startedAt: number;
  /** The last day that is not verified yet: days are verified from the newest to the oldest. */
  nextDay: string;
  plan?: VerifyPlan;
  counts: IntegrityCounts;
  failures: Truncated<IntegrityFailure>;
}

/** The result of the activity `verifyDay`. The rows are in the integrity table, the report is stored as an object. */
export interface VerifiedDay {
  counts: IntegrityCounts;
  failures: Truncated<IntegrityFailure>;
}

/** The result of the `verifyStatus` query. */
export interface VerifyStatus extends VerifiedDay {
  from: string;
  to: string;
  startedAt: number;
  days: { total: number; done: number };
  plan?: VerifyPlan;
}

/** Result of the workflow `verify`. Failures are a result, not a failure of the workflow. */
export interface VerifyResult extends VerifyStatus {
  /** Address of the full report, an object in the warehouse's work area. */
  report: string;
}

/** Type of the failure of a scheduled run that has ingested everything, but whose verification failed. */
export const INTEGRITY_FAILED = 'IntegrityFailed';

/** The status attribute of a verification that has completed. */
export function integrityStatus({ failures }: Pick<VerifiedDay, 'failures'>): WorkflowStatus {
  return failures.count === 0 ? 'completed' : 'integrity_failed';
}

/** Maximum number of failures in Temporal payloads; the report has more. */
export const MAX_FAILURES = 100;

/** The sum of two results. */
export function addVerified(a: VerifiedDay, b: VerifiedDay, limit = MAX_FAILURES): VerifiedDay {
  const { counts: one, failures } = a;
  const { counts: other } = b;
  return {
    counts: {
      logFiles: addStatus(one.logFiles, other.logFiles),
      digests: addStatus(one.digests, other.digests),
      chains: one.chains + other.chains,
      readAgain: one.readAgain + other.readAgain,
      codes: addCodes(one.codes, other.codes),
    },
    failures: joinTruncated(failures, b.failures, limit),
  };
}

function addStatus(a: StatusCounts, b: StatusCounts): StatusCounts {
  return { valid: a.valid + b.valid, failed: a.failed + b.failed, unproven: a.unproven + b.unproven };
}

function addCodes(a: readonly CodeCount[], b: readonly CodeCount[]): CodeCount[] {
  const all = new Map(a.map((one) => [one.code, one]));
  for (const one of b) {
    const known = all.get(one.code);
    const example = known === undefined || one.example < known.example ? one.example : known.example;
    all.set(one.code, { ...one, count: one.count + (known?.count ?? 0), example });
  }
  return [...all.values()].sort((x, y) => (x.code < y.code ? -1 : 1));
}

/** Name of the status query of a verification. */
export const VERIFY_STATUS = 'verifyStatus';
/** Returns a verification's {@link VerifyStatus}. */
export const verifyStatusQuery = defineQuery<VerifyStatus>(VERIFY_STATUS);
