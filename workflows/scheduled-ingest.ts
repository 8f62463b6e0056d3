/** One run of a schedule: the backfill of the days that its scheduled time asks for. */
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

/** What the schedule starts it with: the same for every run. */
export interface ScheduledIngestInput extends Omit<BackfillInput, 'from' | 'to'> {
  /** Days before the scheduled one. */
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
  /** Nothing was done: the run before has seen these days at a later time than this one was due at. */
  covered: boolean;
}

/** Set by the server on what a schedule starts: the time without jitter. */
const SCHEDULED_START = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');

/** Fails as `backfill` does; the failure's second detail is the {@link ScheduleMemory}, for the next run. */
export async function scheduledIngest(input: ScheduledIngestInput): Promise<ScheduledResult> {
  const scheduled = input.scheduled ?? begin(input);
  const { range, startedAt, memory } = scheduled;
  const { from, to, covered } = range;
  if (covered && memory !== undefined) {
    setCurrentDetails(`**${from} to ${to}**\n\nNothing to do: the run before this one has looked at these days since.`);
    return withStatusAttribute(input, async () => ({ ...nothing(range, startedAt), memory, covered }));
  }
  try {
    // As this workflow, continue-as-new comes back to here.
    const result = await backfill({ ...input, scheduled, from, to } as BackfillInput);
    return { ...result, memory: nextMemory({ from, to, at: startedAt }, memory, undefined), covered: false };
  } catch (error) {
    throw isFailure(error) ? withMemory(error, scheduled) : error;
  }
}

function begin({ lookBackDays }: ScheduledIngestInput): Scheduled {
  const { typedSearchAttributes, startTime, lastResult, lastFailure } = workflowInfo();
  // Started by hand it has no scheduled time.
  const scheduledAt = (typedSearchAttributes.get(SCHEDULED_START) ?? startTime).getTime();
  const memory = memoryOf(lastResult, lastFailure);
  const range = scheduledRange({ scheduledAt, lookBackDays }, memory);
  upsertMemo({ from: range.from, to: range.to });
  return { range, startedAt: Date.now(), memory };
}

/** A failure is newer than the result beside it: a success removes it. */
function memoryOf(lastResult: unknown, lastFailure: Error | undefined): ScheduleMemory | undefined {
  const failed = lastFailure instanceof ApplicationFailure ? lastFailure.details?.[1] : undefined;
  return (failed ?? (lastResult as ScheduledResult | undefined)?.memory) as ScheduleMemory | undefined;
}

/** Neither a cancellation nor continue-as-new, which is thrown too. */
function isFailure(error: unknown): error is Error {
  return error instanceof Error && !isCancellation(error) && !(error instanceof ContinueAsNew);
}

/** The same failure, with what the next run has to know: which days were tried, or that none was. */
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
