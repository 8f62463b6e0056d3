/** Refusals: who is missing which permission on what. */
import { StorageAccessDenied, StorageUnavailable, type TrailmillError } from '../../errors/index.js';
import { arnOf, inBrackets, type S3Call, type S3Operation, server, what } from './call.js';
import type { CauseOption, ErrorFacts } from './facts.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
const PERMISSION: Record<S3Operation, string> = {
  ListObjectsV2: 's3:ListBucket',
  GetObject: 's3:GetObject',
  HeadObject: 's3:GetObject',
  PutObject: 's3:PutObject',
  DeleteObject: 's3:DeleteObject',
};

/** 403, whatever the code: AWS's is AccessDenied, the answer to HEAD has none. */
export function deniedError(facts: ErrorFacts, call: S3Call, options: CauseOption): TrailmillError {
  const permission = PERMISSION[call.operation];
  const resource = arnOf(call.operation === 'ListObjectsV2' ? call.bucket : prefixOf(call.uri), call);
  return new StorageAccessDenied(
    `${what(call)}: ${server(call)} refuses it (${codeOf(facts)})${inBrackets(facts.message)}.`,
    [`Grant ${permission} on ${resource} to whoever runs Trailmill.`, ...otherReasons(call)].join(' '),
    options,
  );
}

function otherReasons({ operation, options, endpoint }: S3Call): string[] {
  const reasons: string[] = [];
  if (operation === 'GetObject' || operation === 'HeadObject') {
    reasons.push('Without s3:ListBucket S3 says the same of an object that is not there.');
  }
  if (options.expectedBucketOwner !== undefined) {
    reasons.push(
      `It is refused too when the bucket is not of the account ${options.expectedBucketOwner} (expected_bucket_owner).`,
    );
  }
  if (!options.requesterPays && endpoint === undefined) {
    reasons.push('Where the bucket lets its readers pay, set requester_pays to true.');
  }
  return reasons;
}

/**
 * What KMS says, through S3: codes like `KMS.DisabledException`, or AccessDenied with "not authorized to perform:
 * kms:Decrypt on resource: arn:aws:kms:…". Where the sentence has no key ("the resource associated with this ciphertext")
 * the object's own answer to HEAD has one.
 */
export function kmsError(facts: ErrorFacts, call: S3Call, options: CauseOption): TrailmillError | undefined {
  const { name, message } = facts;
  if (!isOfKms(facts)) return undefined;
  const refused = REFUSED.exec(message)?.[0];
  const key = KEY.exec(message)?.[0].replace(/\.$/, '') ?? call.kmsKey;
  const named = key === undefined ? 'a key of KMS' : `the key ${key}`;
  if (/Throttling|Internal|Timeout|Unavailable/.test(name)) {
    return new StorageUnavailable(`${what(call)}: KMS is busy (${name})${inBrackets(message)}.`, undefined, options);
  }
  const permission = refused ?? (call.operation === 'PutObject' ? 'kms:GenerateDataKey' : 'kms:Decrypt');
  return new StorageAccessDenied(
    `${what(call)}: ${named} is out of reach (${name})${inBrackets(message)}.`,
    /Disabled|NotFound|InvalidState|KeyUnavailable/.test(name)
      ? `Enable ${named} again, or bring it back: without it nobody can read what it encrypts.`
      : `Grant ${permission} on ${key ?? 'the key (aws s3api head-object shows which)'} to whoever runs Trailmill, in the key's own policy too where another account has it.`,
    options,
  );
}

/** Whether the error is about a key of KMS, but does not say which. */
export function hidesKmsKey(facts: ErrorFacts): boolean {
  return isOfKms(facts) && !KEY.test(facts.message);
}

const REFUSED = /\bkms:\w+/;
const KEY = /arn:aws[\w-]*:kms:[^\s"',)]+/;

function isOfKms({ name, message }: ErrorFacts): boolean {
  return name.startsWith('KMS.') || REFUSED.test(message);
}

/** `s3://bucket/a/b/file` → `bucket/a/b/*`: permissions are granted for folders. */
function prefixOf(uri: string): string {
  return `${uri.slice('s3://'.length, uri.lastIndexOf('/') + 1)}*`;
}

function codeOf({ name, status }: ErrorFacts): string {
  return /^[A-Z]\w*$/.test(name) && name !== 'Error' && !/^Unknown/.test(name) ? name : `${status ?? 'no code'}`;
}
