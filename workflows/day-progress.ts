/** How much of a day is done, over all of its plans. Pure. */
import type { CarriedDay, DayPlan, DayProgress, KnownFiles, Totals } from '../protocol/messages.js';

/** The state of a day that its progress follows from. `plan` is absent before the first plan, and between two plans. */
export type PlannedDay = Pick<CarriedDay, 'before' | 'totals' | 'ignored'> & { plan?: DayPlan };

/** Returns the progress: everything is done when `totals` has as many files and bytes as `planned`. */
export function progressOf(day: string, { before, plan, totals, ignored }: PlannedDay): DayProgress {
  const known = knownBefore(plan?.known, before);
  // They are planned, but keep the ledger's entries and rows that they have, so they are not in the totals.
  const kept = keptOf(totals);
  const left = {
    files: (plan?.files ?? 0) - (kept.files - (before.kept?.files ?? 0)),
    bytes: (plan?.bytes ?? 0) - (kept.bytes - (before.kept?.bytes ?? 0)),
  };
  return {
    day,
    planned: { files: before.files + Math.max(0, left.files), bytes: before.bytes + Math.max(0, left.bytes) },
    totals,
    ...(ignored === undefined ? {} : { ignored }),
    ...(known === undefined ? {} : { known }),
  };
}

/** Returns what a new plan starts from: what the plans up to now have done. */
export function beforeNextPlan(totals: Totals): CarriedDay['before'] {
  const { files, bytes, quarantined, skipped, kept } = totals;
  return { files, bytes, other: quarantined + skipped, ...(kept === undefined ? {} : { kept: keptOf(totals) }) };
}

function keptOf({ kept = [], keptBytes = 0 }: Totals): { files: number; bytes: number } {
  return { files: kept.reduce((sum, { files }) => sum + files, 0), bytes: keptBytes };
}

/** What earlier runs had done: the newest plan also leaves out what this run has committed with the plans before. */
function knownBefore(
  known: KnownFiles | undefined,
  { files, other = 0 }: CarriedDay['before'],
): KnownFiles | undefined {
  if (known === undefined) return undefined;
  return { ingested: Math.max(0, known.ingested - (files - other)), other: Math.max(0, known.other - other) };
}
