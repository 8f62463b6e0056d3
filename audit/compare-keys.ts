/** Compares bucket and ledger: every object must be in both, once. */
import { CURES } from './cures.js';
import type { AuditedObject, LedgerKey, LedgerSlice } from './ledger-slice.js';
import { type DayReportBuilder, keep } from './report.js';

/** Counts the slice's objects by state, and adds the differences. */
export function compareLedgerKeys(ledger: LedgerSlice, builder: DayReportBuilder): void {
  for (const [subject, key] of ledger.keys) {
    comparePresence(subject, key, builder);
    for (const object of key.objects) {
      if (object.ingested <= 1 && !object.repeated) continue;
      const times = Math.max(object.ingested, 2);
      const cure = CURES.twice_in_ledger;
      builder.addDifference({ what: 'twice_in_ledger', subject, ledger: times, found: `ETag ${object.etag}`, cure });
    }
    count(subject, key, builder);
  }
}

function comparePresence(subject: string, { bucketEtag, isHeld, objects }: LedgerKey, builder: DayReportBuilder): void {
  if (bucketEtag !== undefined) {
    if (isHeld || objects.some(({ etag }) => etag === bucketEtag)) return;
    const known = objects.map(({ etag }) => etag).join(', ');
    builder.addDifference({
      what: 'missing_in_ledger',
      subject,
      ledger: `ETag ${known}`,
      found: `ETag ${bucketEtag}`,
      cure: CURES.missing_in_ledger,
    });
    return;
  }
  // None of its rows are in the tables, and the ledger has the reason: a note, not a difference.
  if (objects.every(isQuarantined)) return;
  const states = [...new Set(objects.map(({ state }) => state.status))].join(', ');
  builder.addDifference({
    what: 'missing_in_bucket',
    subject,
    ledger: states,
    found: null,
    cure: CURES.missing_in_bucket,
  });
}

function isQuarantined({ state, ingested }: AuditedObject): boolean {
  return state.status === 'quarantined' && ingested === 0;
}

function count(key: string, { bucketEtag, objects, place }: LedgerKey, builder: DayReportBuilder): void {
  const group = builder.group(place);
  const isPresentKnown = objects.some(({ etag }) => etag === bucketEtag);
  for (const object of objects) {
    const { state, etag } = object;
    group.duplicates += state.duplicates;
    group.dropped += state.dropped;
    if (isPresentKnown && etag !== bucketEtag) {
      group.replaced++;
      keep(builder.replaced, { day: builder.day, key, etag, reason: describeState(object) });
      continue;
    }
    group[state.status]++;
    if (state.status !== 'quarantined') continue;
    const gone = bucketEtag === undefined;
    if (gone) group.gone++;
    const reason = `${describeState(object)}${gone ? ' (no longer in the bucket)' : ''}`;
    keep(builder.quarantined, { day: builder.day, key, etag, reason });
  }
}

function describeState({ state: { status, error, records } }: AuditedObject): string {
  return status === 'ingested' ? `ingested, ${records} records` : `${status}: ${error ?? 'no reason given'}`;
}
