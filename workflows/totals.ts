import type { Totals } from './messages.js';

export function addTotals(a: Totals, b: Totals): Totals {
  return {
    files: a.files + b.files,
    bytes: a.bytes + b.bytes,
    events: a.events + b.events,
    rejects: a.rejects + b.rejects,
    dropped: a.dropped + b.dropped,
    duplicates: a.duplicates + b.duplicates,
    quarantined: a.quarantined + b.quarantined,
    skipped: a.skipped + b.skipped,
    replaced: a.replaced + b.replaced,
  };
}
