import type { DayCounts, DayProgress, IgnoredFiles, QuarantineReason, Totals } from './messages.js';

export function addTotals(a: Totals, b: Totals): Totals {
  return {
    files: a.files + b.files,
    bytes: a.bytes + b.bytes,
    events: a.events + b.events,
    rejects: a.rejects + b.rejects,
    dropped: a.dropped + b.dropped,
    duplicates: a.duplicates + b.duplicates,
    quarantined: a.quarantined + b.quarantined,
    quarantinedFor: addReasons(a.quarantinedFor, b.quarantinedFor),
    skipped: a.skipped + b.skipped,
    replaced: a.replaced + b.replaced,
  };
}

/** There are as many as there are codes. */
function addReasons(a: readonly QuarantineReason[], b: readonly QuarantineReason[]): QuarantineReason[] {
  const sum = new Map(a.map((reason) => [reason.code, reason]));
  for (const { code, files, example } of b) {
    const known = sum.get(code);
    sum.set(code, { code, files: (known?.files ?? 0) + files, example: known?.example ?? example });
  }
  return [...sum.values()];
}

/** What lists show of a day. */
export function dayCounts({ planned, totals }: Pick<DayProgress, 'planned' | 'totals'>): DayCounts {
  const { files, bytes, events, rejects, quarantined } = totals;
  return { plannedFiles: planned.files, files, bytes, events, rejects, quarantined };
}

/** Of two days, or of two parts of one; `undefined` where there are none. There are as many as there are reasons. */
export function addIgnored(a?: readonly IgnoredFiles[], b?: readonly IgnoredFiles[]): IgnoredFiles[] | undefined {
  const sum = new Map((a ?? []).map((one) => [one.why, one]));
  for (const { why, files, example } of b ?? []) {
    const known = sum.get(why);
    sum.set(why, { why, files: (known?.files ?? 0) + files, example: known?.example ?? example });
  }
  return sum.size === 0 ? undefined : [...sum.values()];
}
