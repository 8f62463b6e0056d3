/** Which days a scheduled run covers, from its scheduled time and from what the runs before it have seen. Pure. */
import { addDays, dayAt } from '../protocol/days.js';

/** What a run tells the next one: its result carries it, or its failure. */
export interface ScheduleMemory {
  /** The newest day that any run of the schedule has worked through, failed days among them. */
  through: string;
  /** The oldest day that has failed, and did not succeed since. */
  failed?: string;
  /** What the last run without a failure has looked at, and when it began to: milliseconds since the epoch. */
  seen?: { from: string; to: string; at: number };
}

/** The days of a scheduled run, both included. */
export interface ScheduledRange {
  from: string;
  to: string;
  /** The run before it has seen these days, at a later time than this one was due at. */
  covered: boolean;
}

/** Days. AWS tries to deliver for so long; a day that fails for longer is left to a person. */
const FAILED_DAYS_RETRIED = 30;

/**
 * The day that the run is scheduled for (UTC) and `lookBackDays` before it. Wider where runs are missing in between (the
 * schedule was paused, or the server was down for longer than it catches up), and where a day has failed.
 */
export function scheduledRange(
  { scheduledAt, lookBackDays }: { scheduledAt: number; lookBackDays: number },
  memory: ScheduleMemory | undefined,
): ScheduledRange {
  const to = dayAt(scheduledAt);
  let from = addDays(to, -lookBackDays);
  const { through, failed, seen } = memory ?? {};
  // Days that the missing runs would have looked at again, for what came late, are among them.
  if (through !== undefined && through < addDays(to, -1)) from = addDays(through, -lookBackDays);
  if (failed !== undefined && failed < from && isRetried(failed, to)) from = failed;
  const covered =
    failed === undefined && seen !== undefined && seen.from <= from && to <= seen.to && scheduledAt <= seen.at;
  return { from, to, covered };
}

function isRetried(failed: string, today: string): boolean {
  return failed >= addDays(today, -FAILED_DAYS_RETRIED);
}

/** What the next run has to know after one that has looked at all its days, and failed at `failed` first. */
export function nextMemory(
  { from, to, at }: { from: string; to: string; at: number },
  memory: ScheduleMemory | undefined,
  failed: string | undefined,
): ScheduleMemory {
  const through = memory !== undefined && memory.through > to ? memory.through : to;
  const before = memory?.failed;
  // One that was not among the days of this run has still failed: a backfill of the schedule looks elsewhere.
  const stays = before !== undefined && (before < from || before > to) && isRetried(before, to);
  const oldest = [...(stays ? [before] : []), ...(failed === undefined ? [] : [failed])].sort().at(0);
  return {
    through,
    ...(oldest === undefined ? {} : { failed: oldest }),
    ...(failed === undefined ? { seen: { from, to, at } } : {}),
  };
}
