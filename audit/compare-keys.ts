/** Bucket = ledger: every object of the one in the other, and once. */
import { CURES } from './cures.js';
import type { LedgerKey, LedgerObject, LedgerSlice } from './ledger-slice.js';
import { type DayBook, keep } from './report.js';

/** Counts the slice's objects by their states, and tells what differs. */
export function compareKeys(ledger: LedgerSlice, book: DayBook): void {
  for (const [subject, key] of ledger.keys) {
    comparePresence(subject, key, book);
    for (const object of key.objects) {
      if (object.ingested <= 1 && !object.repeated) continue;
      const times = Math.max(object.ingested, 2);
      const cure = CURES.twice_in_ledger;
      book.differ({ what: 'twice_in_ledger', subject, ledger: times, found: `ETag ${object.etag}`, cure });
    }
    count(subject, key, book);
  }
}

function comparePresence(subject: string, { listed, objects }: LedgerKey, book: DayBook): void {
  if (listed !== undefined) {
    if (objects.some(({ etag }) => etag === listed)) return;
    const known = objects.map(({ etag }) => etag).join(', ');
    book.differ({
      what: 'missing_in_ledger',
      subject,
      ledger: `ETag ${known}`,
      found: `ETag ${listed}`,
      cure: CURES.missing_in_ledger,
    });
    return;
  }
  // Nothing of it is in the tables, and the ledger says why: its quarantine is a note.
  if (objects.every(isQuarantined)) return;
  const states = [...new Set(objects.map(({ state }) => state.status))].join(', ');
  book.differ({ what: 'missing_in_bucket', subject, ledger: states, found: null, cure: CURES.missing_in_bucket });
}

function isQuarantined({ state, ingested }: LedgerObject): boolean {
  return state.status === 'quarantined' && ingested === 0;
}

function count(key: string, { listed, objects, place }: LedgerKey, book: DayBook): void {
  const group = book.group(place);
  const isPresentKnown = objects.some(({ etag }) => etag === listed);
  for (const object of objects) {
    const { state, etag } = object;
    group.duplicates += state.duplicates;
    group.dropped += state.dropped;
    if (isPresentKnown && etag !== listed) {
      group.replaced++;
      keep(book.replaced, { day: book.day, key, etag, reason: reasonOf(object) });
      continue;
    }
    group[state.status]++;
    if (state.status !== 'quarantined') continue;
    const gone = listed === undefined;
    if (gone) group.gone++;
    const reason = `${reasonOf(object)}${gone ? ' (gone from the bucket since)' : ''}`;
    keep(book.quarantined, { day: book.day, key, etag, reason });
  }
}

function reasonOf({ state: { status, error, records } }: LedgerObject): string {
  return status === 'ingested' ? `ingested, ${records} records` : `${status}: ${error ?? 'no reason given'}`;
}
