/** The activities as workflows call them: names, inputs and results. References and small counts only. */
import type { AuditedDay } from './audit-messages.js';
import type { DayPlan, Discovered, RunConfigRef, SourceFilter, Totals } from './messages.js';

/** Every activity by the name that workflows call it by. */
export interface Activities {
  /** Applies the commits that earlier runs have announced and not applied; returns their number. */
  completeCommits(input: { config: RunConfigRef }): Promise<number>;
  discover(input: DiscoverInput): Promise<Discovered>;
  planDay(input: PlanDayInput): Promise<DayPlan>;
  ingestBatch(input: IngestBatchInput): Promise<IngestedBatch>;
  /** The counts of the whole commit. */
  commit(input: CommitInput): Promise<Totals>;
  auditDay(input: AuditDayInput): Promise<AuditedDay>;
  /** Address of the whole report. */
  auditReport(input: AuditReportInput): Promise<string>;
}

/** Input of the activity `discover`. */
export interface DiscoverInput {
  config: RunConfigRef;
  filter: SourceFilter;
  /** Delivery days of the run: what is not read of them is looked for. Absent where an older version asks. */
  range?: { from: string; to: string };
  /** Look for damaged data files of the tables too. Not for audits, which find them by themselves. */
  checkTables?: boolean;
}

/** Input of the activity `planDay`. */
export interface PlanDayInput {
  config: RunConfigRef;
  day: string;
  /** Address of the list that discover made. */
  sources: string;
  filter: SourceFilter;
  /** Take files again that were quarantined, but not those that this execution has quarantined itself. */
  retryQuarantined?: boolean;
  /** Batches of one commit: an unfinished plan is continued only where its groups have the same size. */
  groupBatches: number;
  /** Do not continue an unfinished plan. */
  fresh?: boolean;
}

/** Input of the activity `ingestBatch`. */
export interface IngestBatchInput {
  config: RunConfigRef;
  /** Address of the plan, and the batch's number in it. */
  plan: string;
  index: number;
  /** Workflow that asked for the day. */
  run: string;
}

/** Result of the activity `ingestBatch`. */
export interface IngestedBatch {
  /** Address of the batch's result. */
  result: string;
  totals: Totals;
}

/** Input of the activity `commit`. */
export interface CommitInput {
  config: RunConfigRef;
  plan: string;
  /** The ledger's sequence number when the day was planned. */
  since: string;
  group: number;
  day: string;
  run: string;
  /** Addresses of the group's batch results. */
  results: string[];
}

/** Input of the activity `auditDay`. */
export interface AuditDayInput {
  config: RunConfigRef;
  /** Names the audit's place in the work area. */
  audit: string;
  day: string;
  /** Address of the list that discover made. */
  sources: string;
  filter: SourceFilter;
}

/** Input of the activity `auditReport`. */
export interface AuditReportInput extends Omit<AuditDayInput, 'day' | 'sources'> {
  from: string;
  to: string;
  /** As of the days; absent where an older version asks. */
  sources?: string;
}
