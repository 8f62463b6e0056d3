/** The activities as workflows see them: names, inputs and results. References and small counts only. */
import type { AuditedDay } from './audit-messages.js';
import type { DayPlan, Discovered, RunConfigRef, SourceFilter, Totals } from './messages.js';
import type { Reprocess } from './reprocess-messages.js';
import type {
  CompactedDays,
  DaysToCompact,
  ExpiredSnapshots,
  TableUpkeep,
  TidiedTable,
  UpkeepRequest,
  WorkAreaUpkeep,
} from './upkeep-messages.js';
import type { VerifiedDay, VerifyPlan, VerifyRequest } from './verify-messages.js';

/** All activities, by the names under which workflows call them. */
export interface Activities {
  /** Applies commits that earlier runs announced but did not apply; returns their number. */
  completeCommits(input: { config: RunConfigRef }): Promise<number>;
  discover(input: DiscoverInput): Promise<Discovered>;
  planDay(input: PlanDayInput): Promise<DayPlan>;
  ingestBatch(input: IngestBatchInput): Promise<IngestedBatch>;
  /** Returns the counts of the whole commit. */
  commit(input: CommitInput): Promise<Totals>;
  auditDay(input: AuditDayInput): Promise<AuditedDay>;
  /** Returns the address of the full report. */
  auditReport(input: AuditReportInput): Promise<string>;
  /** Determines where the objects were delivered, and gets the public keys of the digests. */
  prepareVerify(input: PrepareVerifyInput): Promise<VerifyPlan>;
  verifyDay(input: VerifyDayInput): Promise<VerifiedDay>;
  /** Returns the address of the full report. */
  verifyReport(input: VerifyReportInput): Promise<string>;
  /** Returns the names of the tables that exist. */
  findTables(input: UpkeepPartInput): Promise<string[]>;
  /** Removes the days that retention does not keep. */
  dropOldDays(input: TableUpkeepInput): Promise<TableUpkeep['dropped']>;
  /** Expires old snapshots, and deletes the files that only they have. */
  expireTable(input: TableUpkeepInput): Promise<ExpiredSnapshots>;
  /** Returns the days to compact. */
  findDays(input: FindDaysInput): Promise<DaysToCompact>;
  compactDays(input: CompactDaysInput): Promise<CompactedDays>;
  /** Merges manifests, expires snapshots, and deletes unused files. */
  tidyTable(input: TableUpkeepInput): Promise<TidiedTable>;
  /** Deletes unused objects in the work area. */
  tidyWorkArea(input: UpkeepPartInput): Promise<WorkAreaUpkeep>;
}

/** Input of the activity `discover`. */
export interface DiscoverInput {
  config: RunConfigRef;
  filter: SourceFilter;
  /** Delivery days of the run, to search for unread files. Absent if an older version started the run. */
  range?: { from: string; to: string };
  /** Also check the tables for damaged data files. Not set for audits, which detect them themselves. */
  checkTables?: boolean;
}

/** Input of the activity `planDay`. */
export interface PlanDayInput {
  config: RunConfigRef;
  day: string;
  /** Address of the list of sources from `discover`. */
  sources: string;
  filter: SourceFilter;
  /** Retry quarantined files, except those that this execution quarantined itself. */
  retryQuarantined?: boolean;
  /** Read files again that are in the ledger, and replace their rows. */
  reprocess?: Reprocess;
  /** Batches per commit. An unfinished plan is resumed only if its groups have the same size. */
  groupBatches: number;
  /** Do not resume an unfinished plan. */
  fresh?: boolean;
}

/** Input of the activity `ingestBatch`. */
export interface IngestBatchInput {
  config: RunConfigRef;
  /** Address of the plan, and the index of the batch in it. */
  plan: string;
  index: number;
  /** Id of the workflow that requested the day. */
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
  /** The number of groups of the plan, whose files are removed after the last one. Absent in older versions. */
  groups?: number;
  day: string;
  run: string;
  /** Addresses of the group's batch results. */
  results: string[];
  /** The files were read again: their rows replace those in the tables. */
  replaces?: boolean;
}

/** Input of the activity `auditDay`. */
export interface AuditDayInput {
  config: RunConfigRef;
  /** Identifies the audit in the work area. */
  audit: string;
  day: string;
  /** Address of the list of sources from `discover`. */
  sources: string;
  filter: SourceFilter;
}

/** Input of the activity `auditReport`. */
export interface AuditReportInput extends Omit<AuditDayInput, 'day' | 'sources'> {
  from: string;
  to: string;
  /** As in {@link AuditDayInput}; absent if an older version started the audit. */
  sources?: string;
}

/** Input of the activity `prepareVerify`. */
export interface PrepareVerifyInput extends Pick<VerifyRequest, 'from' | 'to' | 'filter'> {
  config: RunConfigRef;
}

/** Input of the activity `verifyDay`. */
export interface VerifyDayInput extends Omit<VerifyRequest, 'from' | 'to'> {
  config: RunConfigRef;
  /** Identifies the verification in the work area. */
  verification: string;
  day: string;
  origin: VerifyPlan['origin'];
  /** Start of the verification, milliseconds since the epoch. */
  startedAt: number;
  /** Id of the workflow. */
  run: string;
}

/** Input of the activity `verifyReport`. */
export interface VerifyReportInput extends Pick<VerifyRequest, 'from' | 'to'> {
  config: RunConfigRef;
  verification: string;
}

/** Input of the upkeep activities of one table. */
export interface TableUpkeepInput extends UpkeepRequest {
  config: RunConfigRef;
  /** Name of the table in the catalog. */
  table: string;
}

/** Input of the activity `findDays`. */
export interface FindDaysInput extends TableUpkeepInput {
  /** Only days after this one. */
  after?: string;
}

/** Input of the activity `compactDays`. */
export interface CompactDaysInput extends TableUpkeepInput {
  days: string[];
}

/** Input of the upkeep activities of all tables. */
export interface UpkeepPartInput extends Pick<UpkeepRequest, 'dryRun'> {
  config: RunConfigRef;
}
