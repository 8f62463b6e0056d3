/** Determines the days of a scheduled run from its scheduled time and from what earlier runs covered. Pure. */
import { addDays, dayAt } from '../protocol/days.js';

/** What a run passes to the next one, in its result or its failure. */
export interface ScheduleMemory {
  /** The newest day that any run of the schedule has processed, including failed days. */
  through: string;
  /** The oldest day that failed and has not succeeded since. */
  failed?: string;
  /** The days that the last run without a failure covered, and when it started: milliseconds since the epoch. */
  seen?: { from: string; to: string; at: number };
  /** The day (UTC) of the last scheduled run that started the upkeep. */
  upkeep?: string;
}

/** The days of a scheduled run, inclusive. */
export interface ScheduledRange {
  from: string;
  to: string;
  /** True if the previous run covered these days after this run's scheduled time. */
  covered: boolean;
}

/** AWS retries delivery for this many days. A day that fails for longer needs manual attention. */
const FAILED_DAYS_RETRIED = 30;

/**
 * Returns the day that the run is scheduled for (UTC) and `lookBackDays` days before it. The range is larger if runs were
 * missed (the schedule was paused, or the server was down for longer than the catch-up window) or if a day failed.
 */
export function scheduledRange(
  { scheduledAt, lookBackDays }: { scheduledAt: number; lookBackDays: number },
  memory: ScheduleMemory | undefined,
): ScheduledRange {
  const to = dayAt(scheduledAt);
  let from = addDays(to, -lookBackDays);
  const { through, failed, seen } = memory ?? {};
  // Include the days that the missed runs would have looked back to for late deliveries.
  if (through !== undefined && through < addDays(to, -1)) from = addDays(through, -lookBackDays);
  if (failed !== undefined && failed < from && isRetried(failed, to)) from = failed;
  const covered =
    failed === undefined && seen !== undefined && seen.from <= from && to <= seen.to && scheduledAt <= seen.at;
  return { from, to, covered };
}

function isRetried(failed: string, today: string): boolean {
  return failed >= addDays(today, -FAILED_DAYS_RETRIED);
}

/**
 * Returns the memory for the next run, after a run that processed all its days. `failed`: its oldest failed day. `upkeep`: the
 * day of the last upkeep.
 */
export function nextMemory(
  { from, to, at }: { from: string; to: string; at: number },
  memory: ScheduleMemory | undefined,
  { failed, upkeep }: { failed?: string; upkeep?: string },
): ScheduleMemory {
  const through = memory !== undefined && memory.through > to ? memory.through : to;
  const previous = memory?.failed;
  // A failed day outside of this run's range is kept: a manual backfill through the schedule may cover other days.
  const isKept = previous !== undefined && (previous < from || previous > to) && isRetried(previous, to);
  const oldest = [...(isKept ? [previous] : []), ...(failed === undefined ? [] : [failed])].sort().at(0);
  return {
    through,
    ...(oldest === undefined ? {} : { failed: oldest }),
    ...(failed === undefined ? { seen: { from, to, at } } : {}),
    ...(upkeep === undefined ? {} : { upkeep }),
  };
}
