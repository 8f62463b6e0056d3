/** The messages for errors of S3: each names the operation, the object and the cure. */
import {
  AlreadyExists,
  describeError,
  ObjectChanged,
  ObjectNotFound,
  quarantineCodeOf,
  StorageAccessDenied,
  StorageUnavailable,
  UserMistake,
} from '../../../errors/index';
import type { S3Call } from '../../../storage/s3/call';
import { NoCredentials } from '../../../storage/s3/credentials';
import { s3Error } from '../../../storage/s3/errors';
import { BrokenBody } from '../../../storage/s3/retry';

const GET: S3Call = {
  operation: 'GetObject',
  bucket: 'logs',
  uri: 's3://logs/AWSLogs/1/x.json.gz',
  options: {},
  region: 'eu-west-1',
};
const LIST: S3Call = { ...GET, operation: 'ListObjectsV2', uri: 's3://logs/AWSLogs/' };
const PUT: S3Call = { ...GET, operation: 'PutObject', bucket: 'lake', uri: 's3://lake/t/v1.json' };
const HEAD: S3Call = { ...GET, operation: 'HeadObject' };
const DELETE: S3Call = { ...PUT, operation: 'DeleteObject' };
const OWN: S3Call = { ...GET, endpoint: 'http://127.0.0.1:7070' };

/** An error as the SDK throws it. */
function sdk(name: string, status: number, message = '', headers: Record<string, string> = {}): Error {
  const error = Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
  Object.defineProperty(error, '$response', { value: { headers }, enumerable: false });
  return error;
}
/** One of Node's. */
function system(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd';
const USER = 'arn:aws:iam::111122223333:user/ada';

type Class = new (...args: never[]) => Error;

describe('an error of S3', () => {
  it.each<[string, Error, S3Call, Class, string[]]>([
    [
      'no list',
      sdk('AccessDenied', 403, `User: ${USER} is not authorized to perform: s3:ListBucket`),
      LIST,
      StorageAccessDenied,
      ['ListObjectsV2 s3://logs/AWSLogs/', USER, 'Grant s3:ListBucket on arn:aws:s3:::logs to', 'requester_pays'],
    ],
    [
      'no list in China',
      sdk('AccessDenied', 403),
      { ...LIST, region: 'cn-north-1' },
      StorageAccessDenied,
      ['arn:aws-cn:s3:::logs '],
    ],
    [
      'no list in GovCloud',
      sdk('AccessDenied', 403),
      { ...LIST, region: 'us-gov-east-1' },
      StorageAccessDenied,
      ['arn:aws-us-gov:s3:::logs '],
    ],
    [
      'no get',
      sdk('AccessDenied', 403, 'Access Denied'),
      GET,
      StorageAccessDenied,
      ['s3:GetObject on arn:aws:s3:::logs/AWSLogs/1/*', 'Without s3:ListBucket, S3 returns the same error'],
    ],
    ['no head', sdk('403', 403, 'UnknownError'), HEAD, StorageAccessDenied, ['s3:GetObject on', 'HeadObject']],
    ['no put', sdk('AccessDenied', 403), PUT, StorageAccessDenied, ['Grant s3:PutObject on arn:aws:s3:::lake/t/*']],
    [
      'no delete',
      sdk('AccessDenied', 403),
      DELETE,
      StorageAccessDenied,
      ['Grant s3:DeleteObject on arn:aws:s3:::lake/t/*'],
    ],
    [
      'another owner',
      sdk('AccessDenied', 403),
      { ...GET, options: { expectedBucketOwner: '123456789012' } },
      StorageAccessDenied,
      ['123456789012', 'expected_bucket_owner'],
    ],
    [
      'KMS, reading',
      sdk(
        'AccessDenied',
        403,
        `User: ${USER} is not authorized to perform: kms:Decrypt on resource: ${KEY} because no`,
      ),
      GET,
      StorageAccessDenied,
      [KEY, `Grant kms:Decrypt on ${KEY} to`, USER],
    ],
    [
      'KMS, writing',
      sdk('AccessDenied', 403, `User: ${USER} is not authorized to perform: kms:GenerateDataKey on resource: "${KEY}"`),
      PUT,
      StorageAccessDenied,
      [`Grant kms:GenerateDataKey on ${KEY} to`],
    ],
    [
      'KMS without its key',
      sdk(
        'AccessDenied',
        403,
        'not authorized to perform: kms:Decrypt on the resource associated with this ciphertext',
      ),
      { ...GET, kmsKey: KEY },
      StorageAccessDenied,
      [`Grant kms:Decrypt on ${KEY} to`],
    ],
    [
      'KMS without any key',
      sdk(
        'AccessDenied',
        403,
        'not authorized to perform: kms:Decrypt on the resource associated with this ciphertext',
      ),
      GET,
      StorageAccessDenied,
      ['kms:Decrypt', 'aws s3api head-object'],
    ],
    [
      'a disabled key',
      sdk('KMS.DisabledException', 400, `${KEY} is disabled.`),
      GET,
      StorageAccessDenied,
      [`Enable or restore the KMS key ${KEY}`],
    ],
    [
      'a lost key',
      sdk('KMS.NotFoundException', 400, `Key '${KEY}' does not exist`),
      GET,
      StorageAccessDenied,
      [`the KMS key ${KEY} `, 'restore'],
    ],
    ['a busy KMS', sdk('KMS.ThrottlingException', 400), GET, StorageUnavailable, ['KMS is busy']],
    [
      'a wrong key id',
      sdk('InvalidAccessKeyId', 403, 'The AWS Access Key Id you provided does not exist in our records.'),
      GET,
      UserMistake,
      ['InvalidAccessKeyId', 'Check the access key', 'AWS_PROFILE'],
    ],
    ['a wrong secret', sdk('SignatureDoesNotMatch', 403), GET, UserMistake, ['AWS_SECRET_ACCESS_KEY']],
    ['a wrong token', sdk('InvalidToken', 400), GET, UserMistake, ['AWS_SESSION_TOKEN']],
    [
      'an expired token',
      sdk('ExpiredToken', 400, 'The provided token has expired.'),
      { ...GET, profile: 'audit' },
      StorageUnavailable,
      ['aws sso login --profile audit', 'restart the worker', 'continues automatically'],
    ],
    ['no bucket', sdk('NoSuchBucket', 404), LIST, UserMistake, ['the bucket logs does not exist', 'Check its name']],
    [
      'no bucket elsewhere',
      sdk('NoSuchBucket', 404),
      OWN,
      UserMistake,
      ['bucket logs does not exist at http://127.0.0.1:7070'],
    ],
    [
      'the wrong region',
      sdk('PermanentRedirect', 301, '', { 'x-amz-bucket-region': 'us-west-2' }),
      LIST,
      UserMistake,
      ['is not in eu-west-1', 'but in us-west-2', '?region=us-west-2'],
    ],
    [
      'a region in the sentence',
      sdk('AuthorizationHeaderMalformed', 400, "the region 'eu-west-1' is wrong; expecting 'us-west-2'"),
      LIST,
      UserMistake,
      ['?region=us-west-2'],
    ],
    [
      'an unknown region',
      sdk('IllegalLocationConstraintException', 400),
      LIST,
      UserMistake,
      ['get-bucket-location --bucket logs'],
    ],
    [
      'a region for HEAD',
      sdk('400', 400, '', { 'x-amz-bucket-region': 'us-west-2' }),
      HEAD,
      UserMistake,
      ['?region=us-west-2'],
    ],
    [
      'a wrong clock',
      sdk('RequestTimeTooSkewed', 403, 'The difference is too large'),
      GET,
      StorageUnavailable,
      ['clock', 'timedatectl set-ntp true'],
    ],
    [
      'nothing there',
      sdk('NoSuchKey', 404),
      GET,
      ObjectNotFound,
      ['The object s3://logs/AWSLogs/1/x.json.gz does not exist.'],
    ],
    ['nothing there for HEAD', sdk('NotFound', 404), HEAD, ObjectNotFound, ['does not exist']],
    ['another ETag', sdk('PreconditionFailed', 412), GET, ObjectChanged, ['was replaced']],
    ['a taken key', sdk('PreconditionFailed', 412), PUT, AlreadyExists, ['s3://lake/t/v1.json already exists']],
    ['a taken key without a code', sdk('412', 412), PUT, AlreadyExists, ['already exists']],
    ['a conflict', sdk('ConditionalRequestConflict', 409), PUT, StorageUnavailable, ['conflict with another request']],
    [
      'a busy store',
      sdk('SlowDown', 503, 'Please reduce your request rate.'),
      GET,
      StorageUnavailable,
      ['AWS returned 503 SlowDown', 'reduce your request rate'],
    ],
    ['a broken store', sdk('InternalError', 500), GET, StorageUnavailable, ['500 InternalError']],
    [
      'no conditional writes',
      sdk('NotImplemented', 501, 'A header you provided implies functionality that is not implemented'),
      PUT,
      UserMistake,
      ['conditional writes', 'If-None-Match'],
    ],
    [
      'no S3 API',
      sdk('MethodNotAllowed', 405),
      OWN,
      UserMistake,
      ['http://127.0.0.1:7070 does not allow this request', 'the endpoint of the S3 API'],
    ],
    ['a long key', sdk('KeyTooLongError', 400), PUT, UserMistake, ['1,024 bytes']],
    [
      "a customer's key",
      sdk('InvalidRequest', 400, 'The object was stored using a form of Server Side Encryption.'),
      GET,
      StorageAccessDenied,
      ['SSE-C'],
    ],
    [
      'another mistake',
      sdk('InvalidArgument', 400, 'bad'),
      GET,
      UserMistake,
      ['AWS returned 400 InvalidArgument (bad)'],
    ],
    [
      'no server',
      system('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:7070'),
      OWN,
      StorageUnavailable,
      ['127.0.0.1:7070', 'Start the server'],
    ],
    [
      'no host',
      system('ENOTFOUND', 'getaddrinfo ENOTFOUND logs.s3.eu-west-9.amazonaws.com'),
      { ...GET, region: 'eu-west-9' },
      StorageUnavailable,
      ['logs.s3.eu-west-9.amazonaws.com', 'the region eu-west-9 exists'],
    ],
    ['a lost connection', system('ECONNRESET', 'read ECONNRESET'), GET, StorageUnavailable, ['read ECONNRESET']],
    [
      'silence',
      Object.assign(new Error('did not answer'), { name: 'TimeoutError' }),
      GET,
      StorageUnavailable,
      ['did not answer'],
    ],
    ['a cut body', new BrokenBody('the body has 3 of 5 bytes'), GET, StorageUnavailable, ['3 of 5 bytes', GET.uri]],
    [
      'an unknown authority',
      system('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate'),
      OWN,
      UserMistake,
      ['NODE_EXTRA_CA_CERTS'],
    ],
    ['no TLS', system('EPROTO', 'write EPROTO … wrong version number'), OWN, UserMistake, ['http://']],
  ])('names the problem and the cure: %s', (_name, error, call, expected, parts) => {
    const made = s3Error(error, call);
    expect(made).toBeInstanceOf(expected);
    for (const part of [call.uri, ...parts]) expect(describeError(made)).toContain(part);
    expect(describeError(made)).not.toMatch(/undefined|\.\.|\n/);
  });

  it('quarantines an archived object, with what to do', () => {
    const made = s3Error(sdk('InvalidObjectState', 403, 'The operation is not valid for the storage class'), GET);
    expect(quarantineCodeOf(made)).toBe('archived');
    expect(describeError(made)).toContain(GET.uri);
  });

  it('does not quarantine a file if the problem affects all files', () => {
    for (const name of [
      'InvalidAccessKeyId',
      'ExpiredToken',
      'NoSuchBucket',
      'RequestTimeTooSkewed',
      'PermanentRedirect',
    ]) {
      expect(quarantineCodeOf(s3Error(sdk(name, 403), GET))).toBeUndefined();
    }
  });

  it('of ours, or an unexpected one, is not changed', () => {
    const ours = new StorageUnavailable('x');
    const defect = new TypeError('x is not a function');
    expect(s3Error(ours, GET)).toBe(ours);
    expect(s3Error(defect, GET)).toBe(defect);
  });

  it('does not keep what AWS echoes: a session token would appear in logs', () => {
    const error = Object.assign(sdk('ExpiredToken', 400, 'The provided token has expired.'), { 'Token-0': 'SECRET' });
    const made = s3Error(error, GET) as Error;
    expect(JSON.stringify([made, made.cause, Object.entries(made.cause as Error), describeError(made)])).not.toContain(
      'SECRET',
    );
    expect((made.cause as Error).stack).toBe(error.stack);
  });
});

describe('credentials', () => {
  const said = (reason: Error, role?: string, hadSome?: boolean, call = GET) =>
    s3Error(new NoCredentials(reason, role, hadSome), call);
  const provider = (message: string) => Object.assign(new Error(message), { name: 'CredentialsProviderError' });
  const ROLE = 'arn:aws:iam::123456789012:role/logs';

  it.each<[string, unknown, Class, string[]]>([
    [
      'none at all',
      said(provider('Could not load credentials from any providers')),
      UserMistake,
      ['no AWS credentials were found', 'AWS_PROFILE', 'aws sts get-caller-identity'],
    ],
    [
      'a profile without any',
      said(provider('Could not load credentials from any providers'), undefined, false, { ...GET, profile: 'x' }),
      UserMistake,
      ['the profile x provides no AWS credentials', 'aws configure list-profiles'],
    ],
    [
      'a session that has ended',
      said(provider('The SSO session token associated with profile=x was not found or is invalid or has expired.')),
      StorageUnavailable,
      ['aws sso login', 'restart the worker'],
    ],
    [
      'gone since',
      said(provider('Could not load credentials from any providers'), undefined, true),
      StorageUnavailable,
      ['continues automatically'],
    ],
    [
      'a role that cannot be assumed',
      said(
        sdk('AccessDenied', 403, `User: ${USER} is not authorized to perform: sts:AssumeRole on resource: ${ROLE}`),
        ROLE,
      ),
      UserMistake,
      [ROLE, USER, 'trust policy', 'no external_id is configured', 'sts:AssumeRole'],
    ],
    [
      'a role with an external id',
      said(sdk('AccessDenied', 403), ROLE, false, { ...GET, options: { externalId: 'x' } }),
      UserMistake,
      ['external_id must be the one'],
    ],
    [
      'an STS that is down',
      said(sdk('InternalFailure', 500), ROLE),
      StorageUnavailable,
      ['the credentials could not be refreshed'],
    ],
    [
      'an STS that does not exist',
      said(system('ENOTFOUND', 'getaddrinfo ENOTFOUND sts.x.amazonaws.com'), ROLE),
      StorageUnavailable,
      ['sts.x.amazonaws.com'],
    ],
    ['a wrong key at STS', said(sdk('InvalidClientTokenId', 403), ROLE), UserMistake, ['Check the access key']],
  ])('%s', (_name, made, expected, parts) => {
    expect(made).toBeInstanceOf(expected);
    for (const part of [GET.uri, ...parts]) expect(describeError(made)).toContain(part);
  });
});
