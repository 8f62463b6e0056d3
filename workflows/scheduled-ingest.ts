/** The workflow `scheduledIngest`, one run of a schedule: a backfill of the days that follow from its scheduled time. */
import { defineSearchAttributeKey, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ApplicationFailure,
  ContinueAsNew,
  executeChild,
  isCancellation,
  setCurrentDetails,
  startChild,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { upkeepId } from '../protocol/ids.js';
import { BACKFILL_INCOMPLETE, type BackfillInput, type BackfillResult, NO_TOTALS } from '../protocol/messages.js';
import { priorityOf } from '../protocol/priority.js';
import { attributesOf } from '../protocol/search-attributes.js';
import type { UpkeepInput } from '../protocol/upkeep-messages.js';
import { INTEGRITY_FAILED, integrityStatus, type VerifyInput, type VerifyResult } from '../protocol/verify-messages.js';
import { count } from '../text/numbers.js';
import { backfill } from './backfill.js';
import { nextMemory, type ScheduledRange, type ScheduleMemory, scheduledRange } from './scheduled-range.js';
import { withStatusAttribute } from './status-attribute.js';
import { upkeep } from './upkeep.js';
import { verify } from './verify.js';

/** The input of a scheduled run: the same for every run of the schedule. */
export interface ScheduledIngestInput extends Omit<BackfillInput, 'from' | 'to'> {
  /** Number of days before the scheduled day to include. */
  lookBackDays: number;
  /** Verify the days after they are ingested. Absent in schedules of earlier versions. */
  verify?: boolean;
  /** Start the upkeep of the tables in the first run of each day. Absent in schedules of earlier versions. */
  upkeep?: boolean;
  /** Set by continue-as-new only. */
  scheduled?: Scheduled;
}

interface Scheduled {
  range: ScheduledRange;
  /** Milliseconds since the epoch. */
  startedAt: number;
  memory: ScheduleMemory | undefined;
}

/** Result of the workflow `scheduledIngest`. */
export interface ScheduledResult extends BackfillResult {
  memory: ScheduleMemory;
  /** True if nothing was done because the previous run covered these days after this run's scheduled time. */
  covered: boolean;
}

/** The server sets it on workflows that a schedule starts. It is the scheduled time without jitter. */
const SCHEDULED_START = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');

/** Fails like `backfill`, and if the days are verified and something failed. The failure's second detail is the {@link ScheduleMemory} for the next run. */
export async function scheduledIngest(input: ScheduledIngestInput): Promise<ScheduledResult> {
  const scheduled = input.scheduled ?? begin(input);
  const { range, startedAt, memory } = scheduled;
  const { from, to, covered } = range;
  if (covered && memory !== undefined) {
    setCurrentDetails(`**${from} to ${to}**\n\nNothing to do: the previous run has already covered these days.`);
    return withStatusAttribute(input, async () => ({ ...nothing(range, startedAt), memory, covered }));
  }
  let result: BackfillResult | undefined;
  let error: Error | undefined;
  try {
    // It continues as new as this workflow, so the next run enters here again.
    result = await backfill({ ...input, scheduled, from, to } as BackfillInput);
  } catch (thrown) {
    if (!isFailure(thrown)) throw thrown;
    error = thrown;
  }
  // Also if some days failed: a day that fails for weeks must not hide tampering with another day, or stop the upkeep.
  const wereDaysTried = error === undefined || isIncomplete(error);
  const integrity = input.verify === true && wereDaysTried ? await verifyDays(input, { from, to }) : undefined;
  let upkeepDay = memory?.upkeep;
  if (input.upkeep === true && wereDaysTried && (upkeepDay === undefined || upkeepDay < to)) {
    await startUpkeep(input);
    upkeepDay = to;
  }
  if (error !== undefined) throw withMemory(error, scheduled, upkeepDay);
  const days = nextMemory({ from, to, at: startedAt }, memory, { upkeep: upkeepDay });
  if (integrity !== undefined) throw integrityFailure(integrity, result, days);
  return { ...(result as BackfillResult), memory: days, covered: false };
}

/**
 * Verifies the days in a separate workflow. Returns its result if something failed. Log files whose digest is not due
 * yet are unproven; the next run covers them again.
 */
async function verifyDays(
  { source, config, filter, retry, visibility }: ScheduledIngestInput,
  { from, to }: { from: string; to: string },
): Promise<VerifyResult | undefined> {
  const request: VerifyInput = { source, config, from, to, filter, retry, visibility };
  const verifying = (): Promise<VerifyResult> =>
    executeChild(verify, {
      workflowId: `${workflowInfo().workflowId}/verify`,
      args: [request],
      staticSummary: `Digests and log files, ${from} to ${to}`,
      ...(visibility?.searchable === true ? { typedSearchAttributes: attributesOf({ source }) } : {}),
    });
  const result = await withStatusAttribute({ source, visibility }, verifying, integrityStatus);
  return result.failures.count === 0 ? undefined : result;
}

/**
 * Starts the upkeep, unless another one is still running. It outlives this run, because the first one of large tables may take
 * hours, and the next run of the schedule should not wait for it.
 */
async function startUpkeep({ source, config, retry, visibility }: ScheduledIngestInput): Promise<void> {
  const request: UpkeepInput = { source, config, retry, visibility };
  const workflowId = upkeepId(source);
  try {
    await startChild(upkeep, {
      workflowId,
      priority: priorityOf('upkeep', workflowId),
      args: [request],
      staticSummary: 'Upkeep of the tables',
      parentClosePolicy: 'ABANDON',
      ...(visibility?.searchable === true ? { typedSearchAttributes: attributesOf({ source }) } : {}),
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

function integrityFailure(
  { failures, from, to }: VerifyResult,
  result: BackfillResult | undefined,
  memory: ScheduleMemory,
): ApplicationFailure {
  const [{ code, key }] = failures.first;
  const more = failures.count === 1 ? '' : ` (and ${count(failures.count - 1)} more)`;
  return ApplicationFailure.create({
    message: `All files were ingested, but the verification failed: ${code}: ${key}${more}. Run \`trailmill verify --from ${from} --to ${to}\` to list all failures and what to do about them.`,
    type: INTEGRITY_FAILED,
    nonRetryable: true,
    details: [result, memory],
  });
}

function begin({ lookBackDays }: ScheduledIngestInput): Scheduled {
  const { typedSearchAttributes, startTime, lastResult, lastFailure } = workflowInfo();
  // A run that was started manually has no scheduled time.
  const scheduledAt = (typedSearchAttributes.get(SCHEDULED_START) ?? startTime).getTime();
  const memory = memoryOf(lastResult, lastFailure);
  const range = scheduledRange({ scheduledAt, lookBackDays }, memory);
  upsertMemo({ from: range.from, to: range.to });
  return { range, startedAt: Date.now(), memory };
}

/** If there is a last failure, it is newer than the last result, because a success clears it. */
function memoryOf(lastResult: unknown, lastFailure: Error | undefined): ScheduleMemory | undefined {
  const failed = lastFailure instanceof ApplicationFailure ? lastFailure.details?.[1] : undefined;
  return (failed ?? (lastResult as ScheduledResult | undefined)?.memory) as ScheduleMemory | undefined;
}

/** True for errors other than cancellation and continue-as-new, which are also thrown. */
function isFailure(error: unknown): error is Error {
  return error instanceof Error && !isCancellation(error) && !(error instanceof ContinueAsNew);
}

/** True if all days were tried, and some of them failed. */
function isIncomplete(error: Error): error is ApplicationFailure {
  return error instanceof ApplicationFailure && error.type === BACKFILL_INCOMPLETE;
}

/** Adds what the next run needs to the failure: which days were tried, or that none was. */
function withMemory(
  error: Error,
  { range, startedAt, memory }: Scheduled,
  upkeep: string | undefined,
): ApplicationFailure {
  const incomplete = isIncomplete(error);
  const result = incomplete ? (error.details?.[0] as BackfillResult) : null;
  const oldest = result?.failures.map(({ day }) => day).sort()[0];
  const next = result === null ? memory : nextMemory({ ...range, at: startedAt }, memory, { failed: oldest, upkeep });
  return ApplicationFailure.create({
    message: error.message,
    type: incomplete ? BACKFILL_INCOMPLETE : 'ScheduledRunFailed',
    nonRetryable: true,
    details: [result, next],
    cause: incomplete ? undefined : error,
  });
}

function nothing({ from, to }: ScheduledRange, startedAt: number): BackfillResult {
  return { from, to, startedAt, days: { total: 0, done: 0, failed: 0 }, totals: NO_TOTALS, failures: [] };
}
