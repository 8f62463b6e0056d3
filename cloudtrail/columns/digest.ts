/**
 * The columns of the digest table: one row per digest file, which is one record. The signature is not in the file but in
 * the object's user metadata.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 */
import * as derive from '../derived.js';
import { ECS_VERSION } from '../ecs-fields.js';
import {
  type CloudTrailColumn,
  type Conversion,
  ct,
  type DirectColumn,
  decoderColumn,
  derived,
  direct,
  FILE_PATH,
  FREE_COLUMNS,
  lookup,
  ORIGINAL,
  RECORD_INDEX,
  type Shape,
  timeOfRow,
  UNMAPPED_COLUMNS,
} from './column.js';

const digest = (name: string, path: string, as: Conversion, doc: string): DirectColumn =>
  ct(`digest.${name}`, path, as, doc);

const LOG_FILES: Shape = {
  list: {
    members: [
      { key: 's3Bucket', name: 's3_bucket', shape: 'text', doc: 'Bucket of the log file' },
      { key: 's3Object', name: 's3_object', shape: 'text', doc: 'Key of the log file' },
      { key: 'hashValue', name: 'hash_value', shape: 'text', doc: 'Hash of its uncompressed bytes, hex' },
      { key: 'hashAlgorithm', name: 'hash_algorithm', shape: 'text', doc: '`SHA-256`' },
      { key: 'newestEventTime', name: 'newest_event_time', shape: 'time', doc: 'Time of its newest event' },
      { key: 'oldestEventTime', name: 'oldest_event_time', shape: 'time', doc: 'Time of its oldest event' },
    ],
  },
};

/** The managed columns of the digest table, in table order. */
export const DIGEST_TABLE_COLUMNS: readonly CloudTrailColumn[] = [
  timeOfRow(
    ['aws.cloudtrail.digest.end_time'],
    'End of the hour that the digest covers; the table is partitioned by its day',
  ),

  lookup(direct('cloud.account.id', 'awsAccountId', 'text', 'Account whose log files the digest lists')),
  derived('cloud.provider', 'string', derive.constant('aws'), 'Always `aws`'),
  decoderColumn('region', 'cloud.region', 'Region whose log files the digest lists, from the object key'),
  derived('ecs.version', 'string', derive.constant(ECS_VERSION), 'ECS version that this row follows'),
  derived('event.created', 'timestamptz', derive.copyTime('aws.cloudtrail.digest.end_time'), 'The same as ts'),
  derived('event.dataset', 'string', derive.constant('aws.cloudtrail'), 'Always `aws.cloudtrail`'),
  derived('event.kind', 'string', derive.constant('event'), 'Always `event`'),
  derived('event.module', 'string', derive.constant('aws'), 'Always `aws`'),
  ORIGINAL,
  lookup(decoderColumn('sha256', 'file.hash.sha256', 'Hash of the uncompressed digest, hex: what its signature signs')),
  lookup(
    derived(
      'file.path',
      'string',
      derive.firstOf('aws.cloudtrail.digest.s3_object'),
      'The same as aws.cloudtrail.digest.s3_object',
    ),
  ),
  FILE_PATH,

  digest('start_time', 'digestStartTime', 'time', 'Start of the hour that the digest covers'),
  digest('end_time', 'digestEndTime', 'time', 'End of the hour that the digest covers'),
  digest('newest_event_time', 'newestEventTime', 'time', 'Time of the newest event in the log files'),
  digest('oldest_event_time', 'oldestEventTime', 'time', 'Time of the oldest event in the log files'),
  digest('s3_bucket', 'digestS3Bucket', 'text', 'Bucket that the digest was delivered to'),
  lookup(digest('s3_object', 'digestS3Object', 'text', 'Key that the digest was delivered to')),
  digest('public_key_fingerprint', 'digestPublicKeyFingerprint', 'text', 'Fingerprint of the key that signed it'),
  digest(
    'signature_algorithm',
    'digestSignatureAlgorithm',
    'text',
    'Signature algorithm, from the digest: `SHA256withRSA`',
  ),
  decoderColumn(
    'signature',
    'aws.cloudtrail.digest.signature',
    'Signature of the digest, hex, from the object’s metadata',
  ),
  decoderColumn(
    'signature_algorithm',
    'aws.cloudtrail.digest.metadata_signature_algorithm',
    'Signature algorithm, from the object’s metadata: `SHA256withRSA`',
  ),
  decoderColumn(
    'backfill_time',
    'aws.cloudtrail.digest.backfill_generation_timestamp',
    'When a backfilled digest was generated, from the object’s metadata',
    'timestamptz',
  ),
  digest('previous_s3_bucket', 'previousDigestS3Bucket', 'text', 'Bucket of the previous digest; null for the first'),
  lookup(digest('previous_s3_object', 'previousDigestS3Object', 'text', 'Key of the previous digest')),
  lookup(
    digest('previous_hash_value', 'previousDigestHashValue', 'text', 'Hash of the previous digest, uncompressed, hex'),
  ),
  digest('previous_hash_algorithm', 'previousDigestHashAlgorithm', 'text', '`SHA-256`'),
  digest('previous_signature', 'previousDigestSignature', 'text', 'Signature of the previous digest, hex'),
  digest('log_files', 'logFiles', { shape: LOG_FILES }, 'The log files delivered in that hour'),
  ...FREE_COLUMNS,
  RECORD_INDEX,
  ...UNMAPPED_COLUMNS,
];
