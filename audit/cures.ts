/** What to do about each kind of difference. */
import type { DifferenceKind } from '../protocol/audit-messages.js';

const ROLL_BACK =
  'Something other than Trailmill changed the table: roll it back to a snapshot from before the change, or ingest the day into another warehouse.';

/** What the user can do about a difference, by its kind. */
export const CURES: Readonly<Record<DifferenceKind, string>> = {
  missing_in_ledger: 'Ingest it: start a backfill of its day.',
  missing_in_bucket:
    'It was deleted from the bucket, by a lifecycle rule or manually. Its ingested rows are still in the tables.',
  twice_in_ledger: 'Two runs ingested it at the same time: delete the rows of the later batch, which the ledger names.',
  rows_differ: ROLL_BACK,
  rejects_differ: ROLL_BACK,
  unknown_rows:
    'Start a backfill of its day, which completes interrupted commits. Rows that remain were written by something else.',
  half_commit: 'Start any backfill of the source: it completes the commit first.',
  file_gone:
    "Restore it from a backup or from the bucket's object versions, then audit again. Without a copy, ingest the affected days into another warehouse.",
  file_unreadable:
    "Restore its original content from a backup or from the bucket's object versions, then audit again. Without a copy, ingest the affected days into another warehouse.",
};

/** What the user can do about CloudTrail files that no run reads. */
export const UNREAD_CURE =
  'Move each into the folder of its delivery day, AWSLogs/[o-ORGID/]ACCOUNT/KIND/REGION/YYYY/MM/DD/, and start a backfill of the day; or move it out of AWSLogs/.';
