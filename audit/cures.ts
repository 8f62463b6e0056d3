/** What to do about each kind of difference. */
import type { DifferenceKind } from '../workflows/audit-messages.js';

const BACK =
  'Something beside Trailmill has changed the table: roll it back to a snapshot from before, or ingest the day into another warehouse.';

export const CURES: Readonly<Record<DifferenceKind, string>> = {
  missing_in_ledger: 'Ingest it: start a backfill of its day.',
  missing_in_bucket: 'It was deleted since, by a lifecycle rule or by hand. What was ingested of it is still there.',
  twice_in_ledger:
    'It was ingested by two runs at once: delete what the later batch has brought, by its name in the ledger.',
  rows_differ: BACK,
  rejects_differ: BACK,
  unknown_rows:
    'Start a backfill of its day: it completes commits that were cut. What is left then was written by something else.',
  half_commit: 'Start any backfill of the source: it completes the commit before anything else.',
  file_gone:
    "Restore it from a backup or the bucket's versioning, then audit again. Without any copy: ingest the days that it concerns into another warehouse.",
  file_unreadable:
    "Restore it as it was from a backup or the bucket's versioning, then audit again. Without any copy: ingest the days that it concerns into another warehouse.",
};

/** For files of CloudTrail that no run reads. */
export const UNREAD_CURE =
  'Move each into the folder of its delivery day, AWSLogs/[o-ORGID/]ACCOUNT/KIND/REGION/YYYY/MM/DD/, and start a backfill of the day; or move it out of AWSLogs/.';
