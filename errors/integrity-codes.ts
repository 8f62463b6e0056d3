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
  'get the original from another copy (object versions, replication, backup). To find out who replaced it, check the S3 data events of the bucket, if they are logged';

/** All codes of results that are not `valid`. */
export const INTEGRITY_CODES = {
  modified: {
    status: 'failed',
    of: 'log file',
    means: 'its SHA-256 differs from the one in its digest',
    cure: COMPARE,
  },
  trailing_members: {
    status: 'failed',
    of: 'log file',
    means:
      'the object has more data after its first gzip member or zstd frame. CloudTrail writes one member; readers and validators that stop after it do not see the rest. Trailmill reads all of it',
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
    means: 'a digest lists it, but the object is empty or not a complete compressed file, so it is quarantined',
    cure: COMPARE,
  },
  missing: {
    status: 'failed',
    of: 'log file',
    means: 'a digest lists it, but neither the ledger nor the bucket has it',
    cure: 'restore it from another copy, and start a backfill of its day; find out who deleted it. A lifecycle rule that deleted it before it was ingested leaves the same trace',
  },
  not_in_digest: {
    status: 'failed',
    of: 'log file',
    means:
      'no digest lists it, although the digests of its hour exist and are valid. CloudTrail did not deliver it under this key',
    cure: 'find out what wrote it. If a second trail delivers to the same folder, turn on log file validation for it as well. Files that a backfilled digest lists later become valid in the next verification',
  },
  ledger_row_missing: {
    status: 'failed',
    of: 'log file',
    means: 'a table has rows from it, but the ledger has no entry: something other than Trailmill changed the ledger',
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
    means:
      'its signature is not valid for its content, its location and its public key: it was changed, moved or forged',
    cure: COMPARE,
  },
  wrong_place: {
    status: 'failed',
    of: 'digest',
    means: 'according to its content, it was delivered to another bucket or key: it was moved or copied',
    cure: 'move it back. For a copy of a whole bucket, set `integrity.bucket` to the original bucket',
  },
  metadata_changed: {
    status: 'failed',
    of: 'digest',
    means:
      'the signature in its object metadata is not valid, but the copy of it in the next digest is: the content is intact, the metadata is not',
    cure: 'restore the metadata; the log files that it lists are proven nevertheless',
  },
  replaced: {
    status: 'failed',
    of: 'digest',
    means: 'the next digest of its chain has a different hash or signature for it: it was replaced',
    cure: COMPARE,
  },
  ledger_differs: {
    status: 'failed',
    of: 'digest',
    means:
      'the ledger and the digest table have different SHA-256 hashes for it: something other than Trailmill changed a table',
    cure: 'roll the tables back to snapshots from before the change',
  },
  digest_missing: {
    status: 'failed',
    of: 'digest',
    means: 'the next digest of its chain refers to it, but neither the ledger nor the bucket has it',
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
    means: 'the public key with its fingerprint is not available',
    cure: 'allow `cloudtrail:ListPublicKeys` for the region, or add the key to `integrity.keys`, and verify again',
  },
  no_signature: {
    status: 'unproven',
    of: 'digest',
    means:
      'its signature is unknown: its object has no metadata, as in copies on disk, and the next digest, which repeats the signature, is missing',
    cure: 'copy it with its metadata (docs/verify.md), or ingest the next digest',
  },
  digest_not_ingested: {
    status: 'unproven',
    of: 'digest',
    means: 'the bucket has it, but the digest table does not: it is not ingested yet, or quarantined or skipped',
    cure: 'start a backfill of its day; for a quarantined or skipped digest, see `error` in the ledger',
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
    means: 'the digest that lists it, or that covers its hour, has failed or is unproven',
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
    means: 'a digest lists it and the bucket has it, but it is not ingested yet',
    cure: 'start a backfill of its day',
  },
  quarantined: {
    status: 'unproven',
    of: 'log file',
    means: 'it is quarantined for a reason unrelated to its content, so its hash is unknown',
    cure: 'fix the cause (`error` in the ledger), then start a backfill with `--retry-quarantined`',
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
    cure: 'verify that bucket too',
  },
} as const satisfies Record<string, IntegrityCodeInfo>;

/** A code of {@link INTEGRITY_CODES}. */
export type IntegrityCode = keyof typeof INTEGRITY_CODES;
