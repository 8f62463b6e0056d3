/** The codes that the ledger's `error` and `notes` begin with, before a colon and the message. docs/errors.md is made of them. */

interface FileCode {
  /** What it says of the file. */
  means: string;
  /** What a person does about it. */
  cure: string;
}

interface Quarantined extends FileCode {
  /**
   * What has to be different for another try to end otherwise. With `object`, the ETag is another one then, and the next
   * run takes the file by itself. With `outside`, the object is as it was: a run with `--retry-quarantined` takes it.
   */
  change: 'object' | 'outside' | 'either';
}

const ASK_SENDER = 'find out what wrote it; deliver it again, whole';

/** Status `quarantined`: nothing of the file is in a table. */
export const QUARANTINE_CODES = {
  empty_file: { means: 'the object has no bytes', cure: ASK_SENDER, change: 'object' },
  corrupt_gzip: {
    means: 'its gzip is cut or damaged, fails its checksum, or has other bytes behind its end',
    cure: 'copy it again from the bucket, and compare with the digest of its hour',
    change: 'object',
  },
  corrupt_zstd: {
    means: 'the same of zstd',
    cure: 'compress it again from what is whole',
    change: 'object',
  },
  other_format: {
    means: 'no JSON: the message says what it looks like (Parquet, a zip archive, CSV, a log of another service …)',
    cure: 'what the message says; or keep it out of the CloudTrail folders, or out of the run: `ingest.s3_source.key_pattern`',
    change: 'object',
  },
  invalid_json: {
    means: 'JSON that is cut or damaged; the message says where, and what is there',
    cure: 'what the message says. For a partial copy or damage: copy it again from the bucket, and compare with the digest of its hour',
    change: 'object',
  },
  not_a_trail_file: {
    means:
      'JSON, but no records of CloudTrail in any of the forms of delivery: a digest, a snapshot of Config, EventBridge events of other types …',
    cure: 'what the message says; or keep it out of the CloudTrail folders, or out of the run: `ingest.s3_source.key_pattern`',
    change: 'object',
  },
  not_a_digest: {
    means: 'its key is that of a digest, and it is none',
    cure: 'find out what wrote it: digests are what proves that log files are whole',
    change: 'object',
  },
  over_limit: {
    means:
      'more than a file of CloudTrail can have: too large a record, too many rejected records, event days, or members of an object. The message says which limit, and where; [all limits](#limits-of-one-file)',
    cure: 'find out what wrote it. A file that somebody joined: split it, by time where it has too many days. Where a transform rejects too many records: correct it',
    change: 'either',
  },
  defect: {
    means:
      'Trailmill itself failed, or its worker died, each time that it read this file alone; the other files of its batch are ingested. The message has the error',
    cure: 'tell us, with the message and, if you can, the file. A newer version may read it',
    change: 'either',
  },
  too_large: {
    means: 'larger than `ingest.max_file_size` when unzipped: a decompression bomb, or a file that somebody joined',
    cure: 'split the file, or set `ingest.max_file_size` higher where the worker has the memory',
    change: 'either',
  },
  object_changed: {
    means: 'the object was replaced between its listing and its reading, so it is not known what it was',
    cure: 'nothing',
    change: 'object',
  },
  object_not_found: {
    means: 'the object was deleted between its listing and its reading',
    cure: 'nothing, where that was meant (a lifecycle rule); else put it back',
    change: 'either',
  },
  access_denied: {
    means: 'this object may not be read, while others may: an ACL of its own, or a key of KMS that is out of reach',
    cure: 'grant the reading of it: `s3:GetObject`, `kms:Decrypt`; on a disk, the permissions of the file',
    change: 'outside',
  },
  bad_metadata: {
    means:
      'in a copy on disk: the file with the metadata of this digest, `.metadata/KEY.json`, is no JSON object, or may not be read',
    cure: 'what the message says',
    change: 'outside',
  },
  archived: {
    means: 'the object is in an archive of S3 (Glacier), which cannot be read at once',
    cure: 'restore it (`aws s3api restore-object`), for long enough, or keep the days of the archive out of the range',
    change: 'outside',
  },
} as const satisfies Record<string, Quarantined>;

/** A code of {@link QUARANTINE_CODES}. */
export type QuarantineCode = keyof typeof QUARANTINE_CODES;

/** Status `skipped`: the file was not read. */
export const SKIP_CODES = {
  table_not_wanted: {
    means: 'it belongs to a table that is not configured',
    cure: 'nothing; or add `tables/insights.yml` or `tables/digest.yml`: the next run then takes it by itself',
  },
} as const satisfies Record<string, FileCode>;

/** Status `ingested`, in the column `notes`. */
export const NOTE_CODES = {
  replaced: {
    means:
      'the ledger has the same key with another ETag: somebody has written the object again, which CloudTrail never does',
    cure: 'find out who did, and compare the two; the events of both are in the table, repeated ones once',
  },
  trailing_members: {
    means:
      'it has several gzip members, all of which were read. CloudTrail writes one, and some readers see only the first',
    cure: 'find out what joined the files: their digests do not fit any more',
  },
  several_documents: {
    means:
      'it has several documents `{"Records": […]}`, all of which were read. CloudTrail writes one, and many readers stop behind it',
    cure: 'find out what joined the files: their digests do not fit any more',
  },
  wrapped: {
    means:
      'its records came inside of something else (EventBridge events, lookup-events output, CloudTrail Lake query results, log events …), of which only the records are in the table',
    cure: 'nothing; what was around the records is in the object, and no digest covers such a file',
  },
  beside_records: {
    means: 'beside "Records" it has other members, which the note names and no table has. The records were read',
    cure: 'nothing, where they are of no use (`NextToken`); else find out what wrote it: CloudTrail has no such members',
  },
} as const satisfies Record<string, FileCode>;
