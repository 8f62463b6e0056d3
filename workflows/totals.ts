import type { Totals } from './messages.js';

export function addTotals(a: Totals, b: Totals): Totals {
  return {
    files: a.files + b.files,
    bytes: a.bytes + b.bytes,
    events: a.events + b.events,
    rejects: a.rejects + b.rejects,
    // A run of an earlier version may have begun without counting them.
    dropped: (a.dropped ?? 0) + (b.dropped ?? 0),
    quarantined: a.quarantined + b.quarantined,
    skipped: a.skipped + b.skipped,
  };
}
