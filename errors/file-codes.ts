/**
 * The codes at the start of the ledger's `error` and `notes` columns, followed by a colon and the message. docs/errors.md is
 * generated from them.
 */

interface FileCode {
  /** What the code says about the file. */
  means: string;
  /** What the user should do about it. */
  cure: string;
}

interface Quarantined extends FileCode {
  /**
   * What must change for another attempt to succeed. With `object`, the ETag changes, so the next run picks up the file
   * automatically. With `outside`, the object itself is unchanged: a run with `--retry-quarantined` picks it up.
   */
  change: 'object' | 'outside' | 'either';
}

const ASK_SENDER = 'find out what wrote it, and deliver the complete file again';

/** Status `quarantined`: no table contains anything from the file. */
export const QUARANTINE_CODES = {
  empty_file: { means: 'the object has no bytes', cure: ASK_SENDER, change: 'object' },
  corrupt_gzip: {
    means: 'its gzip data is truncated or corrupt, fails its checksum, or is followed by other bytes',
    cure: 'copy it from the bucket again, and compare it with the digest for its hour',
    change: 'object',
  },
  corrupt_zstd: {
    means: 'its zstd data is truncated or corrupt, fails its checksum, or is followed by other bytes',
    cure: 'compress it again from an intact copy',
    change: 'object',
  },
  other_format: {
    means: 'not JSON: the message says what it looks like (Parquet, a zip archive, CSV, a log of another service …)',
    cure: 'follow the message; or keep it out of the CloudTrail folders, or out of the run: `ingest.s3_source.key_pattern`',
    change: 'object',
  },
  invalid_json: {
    means: 'JSON that is truncated or corrupt; the message says where, and what was found there',
    cure: 'follow the message. For a partial or corrupt copy: copy it from the bucket again, and compare it with the digest for its hour',
    change: 'object',
  },
  not_a_trail_file: {
    means:
      'JSON, but without CloudTrail records in any delivery format: a digest, an AWS Config snapshot, EventBridge events of other types …',
    cure: 'follow the message; or keep it out of the CloudTrail folders, or out of the run: `ingest.s3_source.key_pattern`',
    change: 'object',
  },
  not_a_digest: {
    means: 'its key is that of a digest, but its content is not a digest',
    cure: 'find out what wrote it: digests are the proof that log files are intact',
    change: 'object',
  },
  over_limit: {
    means:
      'exceeds a limit for CloudTrail files: a record that is too large, or too many rejected records, event days, or members of an object. The message says which limit, and where; [all limits](#limits-of-one-file)',
    cure: 'find out what wrote it. If files were concatenated: split the file, by time if it covers too many days. If a transform rejects too many records: fix the transform',
    change: 'either',
  },
  defect: {
    means:
      'Trailmill failed, or its worker crashed, every time it read this file on its own; the other files of its batch are ingested. The message contains the error',
    cure: 'report it, with the message and, if you can, the file. A newer version may be able to read it',
    change: 'either',
  },
  too_large: {
    means: 'larger than `ingest.max_file_size` when decompressed: a decompression bomb, or several files concatenated',
    cure: 'split the file, or raise `ingest.max_file_size` if the worker has enough memory',
    change: 'either',
  },
  object_changed: {
    means: 'the object was replaced after it was listed and before it was read, so its original content is unknown',
    cure: 'nothing',
    change: 'object',
  },
  object_not_found: {
    means: 'the object was deleted after it was listed and before it was read',
    cure: 'nothing, if that was intended (a lifecycle rule); otherwise restore it',
    change: 'either',
  },
  access_denied: {
    means:
      'access to this object is denied, while others can be read: it has its own ACL, or a KMS key that the worker may not use',
    cure: 'grant read access: `s3:GetObject`, `kms:Decrypt`; on a disk, read permission for the file',
    change: 'outside',
  },
  bad_metadata: {
    means:
      'in a copy on disk: the file with the metadata of this digest, `.metadata/KEY.json`, is not a JSON object or cannot be read',
    cure: 'follow the message',
    change: 'outside',
  },
  not_proven: {
    means:
      'with `integrity: required`: its content differs from its digest, or no valid digest listed it in time. The message has the details',
    cure: 'find out what wrote or changed it (`trailmill verify`). If its digest was only late or missing: use `--retry-quarantined` once the digest is in the bucket',
    change: 'either',
  },
  archived: {
    means: 'the object is in an S3 archive storage class (Glacier) and cannot be read immediately',
    cure: 'restore it for long enough (`aws s3api restore-object`), or exclude the archived days from the range',
    change: 'outside',
  },
} as const satisfies Record<string, Quarantined>;

/** A code of {@link QUARANTINE_CODES}. */
export type QuarantineCode = keyof typeof QUARANTINE_CODES;

/** Codes that say nothing about the content of a file: it could not be read, or Trailmill failed. */
const NOT_READ: readonly string[] = [
  'object_changed',
  'object_not_found',
  'access_denied',
  'bad_metadata',
  'archived',
  'defect',
] satisfies QuarantineCode[];

/** Whether a file was not read. One that was ingested before then keeps its rows. */
export function wasNotRead(code: string): boolean {
  return NOT_READ.includes(code);
}

/** Status `skipped`: the file was not read. */
export const SKIP_CODES = {
  table_not_wanted: {
    means: 'it belongs to a table that is not configured',
    cure: 'nothing; or add `tables/insights.yml` or `tables/digest.yml`: the next run then picks it up automatically',
  },
} as const satisfies Record<string, FileCode>;

/** Status `ingested`, in the column `notes`. */
export const NOTE_CODES = {
  replaced: {
    means: 'the ledger has the same key with another ETag: the object was overwritten, which CloudTrail never does',
    cure: 'find out what overwrote it, and compare the two versions; the events of both are in the table, without duplicates',
  },
  trailing_members: {
    means:
      'it has several gzip members or zstd frames, all of which were read. CloudTrail writes one, and some readers see only the first',
    cure: 'find out what concatenated the files: verification fails',
  },
  hidden_bytes: {
    means:
      'it has bytes that no reader sees: in the gzip header (an extra field, a comment, or a name of more than 255 bytes) or in skippable zstd frames. CloudTrail writes none. They are in no table',
    cure: 'find out what wrote it: no digest covers these bytes, and verification fails',
  },
  several_documents: {
    means:
      'it has several `{"Records": […]}` documents, all of which were read. CloudTrail writes one, and many readers stop after the first',
    cure: 'find out what concatenated the files: their digests no longer match',
  },
  wrapped: {
    means:
      'its records were wrapped in another format (EventBridge events, lookup-events output, CloudTrail Lake query results, log events …); only the records are in the table',
    cure: 'nothing; the wrapping data is still in the object, and no digest covers such a file',
  },
  beside_records: {
    means:
      'it has other members besides "Records"; the note lists them, and no table contains them. The records were read',
    cure: 'nothing, if they are irrelevant (`NextToken`); otherwise find out what wrote it: CloudTrail writes no such members',
  },
} as const satisfies Record<string, FileCode>;
