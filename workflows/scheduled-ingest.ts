/** The workflow `scheduledIngest`, one run of a schedule: a backfill of the days that follow from its scheduled time. */
import { defineSearchAttributeKey } from '@temporalio/common';
import {
  ApplicationFailure,
  ContinueAsNew,
  isCancellation,
  setCurrentDetails,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { BACKFILL_INCOMPLETE, type BackfillInput, type BackfillResult, NO_TOTALS } from '../protocol/messages.js';
import { backfill } from './backfill.js';
import { nextMemory, type ScheduledRange, type ScheduleMemory, scheduledRange } from './scheduled-range.js';
import { withStatusAttribute } from './status-attribute.js';

/** The input of a scheduled run: the same for every run of the schedule. */
export interface ScheduledIngestInput extends Omit<BackfillInput, 'from' | 'to'> {
  /** Number of days before the scheduled day to include. */
  lookBackDays: number;
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

/** Fails like `backfill`. The failure's second detail is the {@link ScheduleMemory} for the next run. */
export async function scheduledIngest(input: ScheduledIngestInput): Promise<ScheduledResult> {
  const scheduled = input.scheduled ?? begin(input);
  const { range, startedAt, memory } = scheduled;
  const { from, to, covered } = range;
  if (covered && memory !== undefined) {
    setCurrentDetails(`**${from} to ${to}**\n\nNothing to do: the previous run has already covered these days.`);
    return withStatusAttribute(input, async () => ({ ...nothing(range, startedAt), memory, covered }));
  }
  try {
    // It continues as new as this workflow, so the next run enters here again.
    const result = await backfill({ ...input, scheduled, from, to } as BackfillInput);
    return { ...result, memory: nextMemory({ from, to, at: startedAt }, memory, undefined), covered: false };
  } catch (error) {
    throw isFailure(error) ? withMemory(error, scheduled) : error;
  }
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

/** Adds what the next run needs to the failure: which days were tried, or that none was. */
function withMemory(error: Error, { range, startedAt, memory }: Scheduled): ApplicationFailure {
  const incomplete = error instanceof ApplicationFailure && error.type === BACKFILL_INCOMPLETE;
  const result = incomplete ? (error.details?.[0] as BackfillResult) : null;
  const oldest = result?.failures.map(({ day }) => day).sort()[0];
  const next = result === null ? memory : nextMemory({ ...range, at: startedAt }, memory, oldest);
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
