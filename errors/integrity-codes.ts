/**
 * The result codes of `trailmill verify`: the column `code` of the integrity table. docs/errors.md is generated from them.
 */

/** How a log file, a digest or a chain of digests is judged. `unproven`: there is not enough to judge it, now or ever. */
export type IntegrityStatus = 'valid' | 'failed' | 'unproven';

interface IntegrityCodeInfo {
  /** Whether there is proof of a change, or no proof of the opposite. */
  status: Exclude<IntegrityStatus, 'valid'>;
  /** What it is about. */
  of: 'log file' | 'digest' | 'chain';
  /** What the code says. */
  means: string;
  /** What the user should do about it. */
  cure: string;
}

const COMPARE =
  'get the original from another copy (object versions, replication, backup) and find out who replaced it: the S3 data events of the bucket, if they are logged';

/** All codes of results that are not `valid`. */
export const INTEGRITY_CODES = {
  modified: {
    status: 'failed',
    of: 'log file',
    means: 'the SHA-256 of what was ingested differs from the one in its digest',
    cure: COMPARE,
  },
  trailing_members: {
    status: 'failed',
    of: 'log file',
    means:
      'the object has more data after its first gzip member or zstd frame. CloudTrail writes one member; readers that stop after it, and validators, do not see the rest, but it was ingested',
    cure: COMPARE,
  },
  hidden_bytes: {
    status: 'failed',
    of: 'log file',
    means:
      'the object has bytes that no digest covers and no reader sees: in the gzip header, or in skippable zstd frames. CloudTrail writes none',
    cure: COMPARE,
  },
  unreadable: {
    status: 'failed',
    of: 'log file',
    means: 'a digest names it, but what the bucket has is empty or not a complete compressed file: it is quarantined',
    cure: COMPARE,
  },
  missing: {
    status: 'failed',
    of: 'log file',
    means: 'a digest names it, but neither the ledger nor the bucket has it',
    cure: 'restore it from another copy, and start a backfill of its day; find out who deleted it. A lifecycle rule that deleted it before it was ingested leaves the same trace',
  },
  not_in_digest: {
    status: 'failed',
    of: 'log file',
    means:
      'no digest names it, although the digests of its hour are there and valid. CloudTrail did not deliver it under this name',
    cure: 'find out what wrote it. If a second trail delivers to the same folder, turn on log file validation for it as well. Files that a backfilled digest will name later become valid by the next verification',
  },
  ledger_row_missing: {
    status: 'failed',
    of: 'log file',
    means: 'a table has rows of it, but the ledger has no entry: something other than Trailmill changed the ledger',
    cure: 'roll the ledger back to a snapshot from before the change',
  },
  changed_since: {
    status: 'failed',
    of: 'log file',
    means: 'with `--recheck`: what was ingested is valid, but the bucket now has something else under this key',
    cure: COMPARE,
  },
  gone: {
    status: 'failed',
    of: 'log file',
    means: 'with `--recheck`: what was ingested is valid, but the object is no longer in the bucket',
    cure: 'nothing, if a lifecycle rule deleted it: the tables have its records. Otherwise find out who deleted it',
  },
  bad_signature: {
    status: 'failed',
    of: 'digest',
    means: 'its signature is not valid for its content, its place and its key: it was changed, moved or forged',
    cure: COMPARE,
  },
  wrong_place: {
    status: 'failed',
    of: 'digest',
    means:
      'it says that it was delivered to another bucket or key than the one where it was found: it was moved or copied',
    cure: 'move it back. For a copy of a whole bucket, name the original bucket: `integrity.bucket`',
  },
  metadata_changed: {
    status: 'failed',
    of: 'digest',
    means:
      'the signature in the metadata of its object is not valid, but the one that the next digest has of it is: the content is intact, the metadata is not',
    cure: 'restore the metadata; its log files are proven all the same',
  },
  replaced: {
    status: 'failed',
    of: 'digest',
    means: 'the next digest of its chain has another hash or signature of it: it was replaced',
    cure: COMPARE,
  },
  ledger_differs: {
    status: 'failed',
    of: 'digest',
    means: 'the ledger has another SHA-256 of it than the digest table: something other than Trailmill changed a table',
    cure: 'roll the tables back to snapshots from before the change',
  },
  digest_missing: {
    status: 'failed',
    of: 'digest',
    means: 'the next digest of its chain names it, but neither the ledger nor the bucket has it',
    cure: 'restore it from another copy, and start a backfill of its day; find out who deleted it',
  },
  digests_stop: {
    status: 'failed',
    of: 'chain',
    means:
      'log files were delivered after the last digest of the trail, and the next digest is more than two hours late: digests were deleted, or log file validation was turned off',
    cure: 'find out whether validation was turned off (UpdateTrail, StopLogging, DeleteTrail events). Otherwise restore the digests',
  },
  unknown_key: {
    status: 'unproven',
    of: 'digest',
    means: 'the public key with its fingerprint is not known',
    cure: 'allow `cloudtrail:ListPublicKeys` for the region, or add the key to `integrity.keys`, and verify again',
  },
  no_signature: {
    status: 'unproven',
    of: 'digest',
    means:
      'its signature is unknown: its object has no metadata, as in copies on disk, and the next digest, which repeats the signature, is not there',
    cure: 'copy it with its metadata (docs/verify.md), or ingest the next digest',
  },
  digest_not_ingested: {
    status: 'unproven',
    of: 'digest',
    means: 'the bucket has it, but the digest table does not: it is not ingested yet, or quarantined or skipped',
    cure: 'start a backfill of its day; for a quarantined or skipped digest, what the ledger says',
  },
  trail_restarted: {
    status: 'unproven',
    of: 'chain',
    means:
      'a new chain begins after an earlier one of the same trail has ended: logging or validation was off in between, and no digest covers that time',
    cure: 'nothing, if that was intended. Otherwise find out who turned it off (StopLogging, UpdateTrail, DeleteTrail events)',
  },
  digest_not_valid: {
    status: 'unproven',
    of: 'log file',
    means: 'the digest that names it, or that covers its hour, is itself failed or unproven',
    cure: 'see the result of the digest',
  },
  no_digest: {
    status: 'unproven',
    of: 'log file',
    means: 'no digest covers its hour: log file validation was off, or the digests are missing',
    cure: 'turn on log file validation; for missing digests, see their results',
  },
  not_due: {
    status: 'unproven',
    of: 'log file',
    means: 'its digest is not due yet: CloudTrail delivers digests up to two hours after the log files',
    cure: 'verify again later',
  },
  not_ingested: {
    status: 'unproven',
    of: 'log file',
    means: 'a digest names it and the bucket has it, but it is not ingested yet',
    cure: 'start a backfill of its day',
  },
  quarantined: {
    status: 'unproven',
    of: 'log file',
    means: 'it is quarantined for a reason that says nothing about its content, so its hash is not known',
    cure: 'what the ledger says; then start a backfill with `--retry-quarantined`',
  },
  not_read: {
    status: 'unproven',
    of: 'log file',
    means: 'it was not read, because its table is not configured',
    cure: 'add the table (`tables/insights.yml`), and start a backfill',
  },
  other_bucket: {
    status: 'unproven',
    of: 'log file',
    means: 'the digest says that it was delivered to another bucket',
    cure: 'verify that bucket, too',
  },
} as const satisfies Record<string, IntegrityCodeInfo>;

/** A code of {@link INTEGRITY_CODES}. */
export type IntegrityCode = keyof typeof INTEGRITY_CODES;
