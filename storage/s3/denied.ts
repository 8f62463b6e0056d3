/** Access denied errors: which permission is missing on which resource. */
import { StorageAccessDenied, StorageUnavailable, type TrailmillError } from '../../errors/index.js';
import { arnOf, inParentheses, requestOf, type S3Call, type S3Operation, serverOf } from './call.js';
import type { CauseOption, ErrorFacts } from './facts.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
const PERMISSION: Record<S3Operation, string> = {
  ListObjectsV2: 's3:ListBucket',
  GetObject: 's3:GetObject',
  HeadObject: 's3:GetObject',
  PutObject: 's3:PutObject',
  DeleteObject: 's3:DeleteObject',
  DeleteObjects: 's3:DeleteObject',
};

/** The error for any 403. AWS's code is AccessDenied; HEAD responses have no code. */
export function deniedError(facts: ErrorFacts, call: S3Call, options: CauseOption): TrailmillError {
  const permission = PERMISSION[call.operation];
  const resource = arnOf(call.operation === 'ListObjectsV2' ? call.bucket : prefixOf(call.uri), call);
  return new StorageAccessDenied(
    `${requestOf(call)}: ${serverOf(call)} denied access (${codeOf(facts)})${inParentheses(facts.message)}.`,
    [`Grant ${permission} on ${resource} to the identity that runs Trailmill.`, ...otherReasons(call)].join(' '),
    options,
  );
}

function otherReasons({ operation, options, endpoint }: S3Call): string[] {
  const reasons: string[] = [];
  if (operation === 'GetObject' || operation === 'HeadObject') {
    reasons.push('Without s3:ListBucket, S3 returns the same error for an object that does not exist.');
  }
  if (options.expectedBucketOwner !== undefined) {
    reasons.push(
      `Access is also denied if the account ${options.expectedBucketOwner} (expected_bucket_owner) does not own the bucket.`,
    );
  }
  if (!options.requesterPays && endpoint === undefined) {
    reasons.push('If it is a requester pays bucket, set requester_pays to true.');
  }
  return reasons;
}

/**
 * KMS errors returned through S3: codes like `KMS.DisabledException`, or AccessDenied with "not authorized to perform:
 * kms:Decrypt on resource: arn:aws:kms:…". If the message does not contain the key ("the resource associated with this
 * ciphertext"), a HEAD request for the object returns it.
 */
export function kmsError(facts: ErrorFacts, call: S3Call, options: CauseOption): TrailmillError | undefined {
  const { name, message } = facts;
  if (!isOfKms(facts)) return undefined;
  const denied = DENIED_ACTION.exec(message)?.[0];
  const key = KEY.exec(message)?.[0].replace(/\.$/, '') ?? call.kmsKey;
  const named = key === undefined ? 'the KMS key' : `the KMS key ${key}`;
  if (/Throttling|Internal|Timeout|Unavailable/.test(name)) {
    return new StorageUnavailable(
      `${requestOf(call)}: KMS is busy (${name})${inParentheses(message)}.`,
      undefined,
      options,
    );
  }
  const permission = denied ?? (call.operation === 'PutObject' ? 'kms:GenerateDataKey' : 'kms:Decrypt');
  return new StorageAccessDenied(
    `${requestOf(call)}: ${named} cannot be used (${name})${inParentheses(message)}.`,
    /Disabled|NotFound|InvalidState|KeyUnavailable/.test(name)
      ? `Enable or restore ${named}: without it, the data that it encrypts cannot be read.`
      : `Grant ${permission} on ${key ?? 'the key (aws s3api head-object shows which)'} to the identity that runs Trailmill, also in the key policy if another account owns the key.`,
    options,
  );
}

/** Whether the error is about a KMS key, but does not say which one. */
export function hidesKmsKey(facts: ErrorFacts): boolean {
  return isOfKms(facts) && !KEY.test(facts.message);
}

const DENIED_ACTION = /\bkms:\w+/;
const KEY = /arn:aws[\w-]*:kms:[^\s"',)]+/;

function isOfKms({ name, message }: ErrorFacts): boolean {
  return name.startsWith('KMS.') || DENIED_ACTION.test(message);
}

/** `s3://bucket/a/b/file` → `bucket/a/b/*`: permissions are granted per folder. */
function prefixOf(uri: string): string {
  return `${uri.slice('s3://'.length, uri.lastIndexOf('/') + 1)}*`;
}

function codeOf({ name, status }: ErrorFacts): string {
  return /^[A-Z]\w*$/.test(name) && name !== 'Error' && !/^Unknown/.test(name) ? name : `${status ?? 'no code'}`;
}
