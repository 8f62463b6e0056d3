/** The API calls in the sample: actions of real services, with realistic request parameters and responses. */
import { iamUserOf, type JsonObject, type JsonValue } from './identities.js';
import type { Account } from './principals.js';
import { HEX, type Random } from './random.js';

/** The context of an event. `time` is in milliseconds since the epoch. */
export interface EventContext {
  random: Random;
  account: Account;
  region: string;
  time: number;
}

/** An error that an action may return. */
export interface ApiError {
  code: string;
  message: string;
}

/** A kind of API call; the functions create members of its record. */
export interface ApiAction {
  weight: number;
  eventSource: string;
  eventName: string;
  readOnly: boolean;
  /** A data event; otherwise a management event. */
  data?: boolean;
  /** A global service, whose events are delivered only in us-east-1. */
  global?: boolean;
  apiVersion?: string;
  request: (context: EventContext) => JsonValue;
  /** Absent for read-only calls, for which CloudTrail delivers `null`. */
  response?: (context: EventContext) => JsonValue;
  resources?: (context: EventContext) => JsonValue;
  additional?: (context: EventContext) => JsonValue;
  errors?: readonly ApiError[];
}

const DENIED: ApiError = {
  code: 'AccessDenied',
  message: 'User is not authorized to perform this action because no identity-based policy allows it',
};
const THROTTLED: ApiError = { code: 'ThrottlingException', message: 'Rate exceeded' };

const bucketOf = ({ account, region }: EventContext): string => `acme-${account.id.slice(-4)}-${region}`;
const keyOf = ({ random }: EventContext): string =>
  `raw/part-${random.int(1000)}/año ${random.int(9)}/"data" ${random.int(99)}.json`;
const instanceOf = ({ random, account }: EventContext): string => random.pick(account.instances);
const kmsKeyOf = ({ account, region }: EventContext): string =>
  `arn:aws:kms:${region}:${account.id}:key/1f3c9a52-0b7e-4d1a-9c41-${account.id}`;
const tableArnOf = ({ account, region }: EventContext): string =>
  `arn:aws:dynamodb:${region}:${account.id}:table/orders`;

const bytesMoved = ({ random }: EventContext): JsonObject => ({
  SignatureVersion: 'SigV4',
  CipherSuite: 'TLS_AES_128_GCM_SHA256',
  bytesTransferredIn: 0,
  bytesTransferredOut: random.int(5_000_000),
  AuthenticationMethod: 'AuthHeader',
  'x-amz-id-2': random.from(HEX, 32),
});
const s3Resources = (context: EventContext): JsonValue => [
  { type: 'AWS::S3::Object', ARN: `arn:aws:s3:::${bucketOf(context)}/${keyOf(context)}` },
  { accountId: context.account.id, type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${bucketOf(context)}` },
];

/** All kinds of API calls of the sample. */
export const ACTIONS: readonly ApiAction[] = [
  {
    weight: 22,
    eventSource: 's3.amazonaws.com',
    eventName: 'GetObject',
    readOnly: true,
    data: true,
    request: (context) => ({
      bucketName: bucketOf(context),
      Host: `${bucketOf(context)}.s3.${context.region}.amazonaws.com`,
      key: keyOf(context),
    }),
    additional: bytesMoved,
    resources: s3Resources,
    errors: [
      { code: 'NoSuchKey', message: 'The specified key does not exist.' },
      { code: 'AccessDenied', message: 'Access Denied' },
    ],
  },
  {
    weight: 8,
    eventSource: 's3.amazonaws.com',
    eventName: 'PutObject',
    readOnly: false,
    data: true,
    request: (context) => ({
      bucketName: bucketOf(context),
      key: keyOf(context),
      'x-amz-acl': 'bucket-owner-full-control',
    }),
    response: () => ({ 'x-amz-server-side-encryption': 'AES256' }),
    additional: bytesMoved,
    resources: s3Resources,
  },
  {
    weight: 2,
    eventSource: 's3.amazonaws.com',
    eventName: 'ListBuckets',
    readOnly: true,
    request: ({ region }) => ({ Host: `s3.${region}.amazonaws.com` }),
    additional: bytesMoved,
    errors: [DENIED],
  },
  {
    weight: 1,
    eventSource: 's3.amazonaws.com',
    eventName: 'CreateBucket',
    readOnly: false,
    request: (context) => ({
      CreateBucketConfiguration: {
        LocationConstraint: context.region,
        xmlns: 'http://s3.amazonaws.com/doc/2006-03-01/',
      },
      bucketName: bucketOf(context),
    }),
    errors: [{ code: 'BucketAlreadyExists', message: 'The requested bucket name is not available.' }],
  },
  {
    weight: 12,
    eventSource: 'ec2.amazonaws.com',
    eventName: 'DescribeInstances',
    readOnly: true,
    apiVersion: '2016-11-15',
    request: (context): JsonObject => ({
      maxResults: 1000,
      instancesSet: context.random.chance(0.3) ? { items: [{ instanceId: instanceOf(context) }] } : {},
      filterSet: {},
    }),
    errors: [{ code: 'Client.RequestLimitExceeded', message: 'Request limit exceeded.' }],
  },
  {
    weight: 2,
    eventSource: 'ec2.amazonaws.com',
    eventName: 'AuthorizeSecurityGroupIngress',
    readOnly: false,
    request: ({ random }) => ({
      groupId: `sg-0${random.from(HEX, 16)}`,
      ipPermissions: {
        items: [{ ipProtocol: 'tcp', fromPort: 443, toPort: 443, ipRanges: { items: [{ cidrIp: '0.0.0.0/0' }] } }],
      },
    }),
    response: ({ random }) => ({ requestId: random.uuid(), _return: true }),
    errors: [{ code: 'Client.InvalidPermission.Duplicate', message: 'the specified rule already exists' }],
  },
  {
    weight: 1,
    eventSource: 'ec2.amazonaws.com',
    eventName: 'CreateKeyPair',
    readOnly: false,
    request: ({ random }) => ({ keyName: `key-${random.int(20)}`, keyType: 'rsa', keyFormat: 'pem' }),
    response: ({ random }) => ({ keyPairId: `key-0${random.from(HEX, 16)}`, keyMaterial: '<sensitiveDataRemoved>' }),
  },
  {
    weight: 16,
    eventSource: 'kms.amazonaws.com',
    eventName: 'Decrypt',
    readOnly: true,
    request: (context) => ({
      encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      encryptionContext: { 'aws:s3:arn': `arn:aws:s3:::${bucketOf(context)}` },
    }),
    resources: (context) => [{ accountId: context.account.id, type: 'AWS::KMS::Key', ARN: kmsKeyOf(context) }],
    errors: [DENIED],
  },
  {
    weight: 8,
    eventSource: 'lambda.amazonaws.com',
    eventName: 'Invoke',
    readOnly: false,
    data: true,
    request: ({ account, region }) => ({
      functionName: `arn:aws:lambda:${region}:${account.id}:function:resize`,
      clientContext: null,
      invocationType: 'Event',
    }),
    additional: ({ random }) => ({
      functionVersion: '$LATEST',
      customerEniId: null,
      initDuration: random.int(100_000) / 1000,
    }),
    resources: ({ account, region }) => [
      {
        accountId: account.id,
        type: 'AWS::Lambda::Function',
        ARN: `arn:aws:lambda:${region}:${account.id}:function:resize`,
      },
    ],
    errors: [{ code: 'TooManyRequestsException', message: 'Rate Exceeded.' }],
  },
  {
    weight: 8,
    eventSource: 'dynamodb.amazonaws.com',
    eventName: 'GetItem',
    readOnly: true,
    data: true,
    apiVersion: '2012-08-10',
    request: ({ random }) => ({
      tableName: 'orders',
      key: { id: { s: random.uuid() }, n: { n: '9007199254740993' } },
      consistentRead: false,
    }),
    resources: (context) => [{ accountId: context.account.id, type: 'AWS::DynamoDB::Table', ARN: tableArnOf(context) }],
    errors: [THROTTLED, { code: 'ResourceNotFoundException', message: 'Requested resource not found' }],
  },
  {
    weight: 4,
    eventSource: 'logs.amazonaws.com',
    eventName: 'CreateLogStream',
    readOnly: false,
    apiVersion: '20140328',
    request: ({ random }) => ({
      logGroupName: '/aws/lambda/resize',
      logStreamName: `2024/[$LATEST]${random.from(HEX, 32)}`,
    }),
    errors: [{ code: 'ResourceAlreadyExistsException', message: 'The specified log stream already exists' }],
  },
  {
    weight: 3,
    eventSource: 'ssm.amazonaws.com',
    eventName: 'GetParameter',
    readOnly: true,
    request: ({ random }) => ({ name: `/app/réglages/${random.int(9)}`, withDecryption: true }),
    errors: [{ code: 'ParameterNotFound', message: '' }],
  },
  {
    weight: 3,
    eventSource: 'iam.amazonaws.com',
    eventName: 'ListUsers',
    readOnly: true,
    global: true,
    request: () => null,
    errors: [DENIED],
  },
  {
    weight: 2,
    eventSource: 'iam.amazonaws.com',
    eventName: 'AttachUserPolicy',
    readOnly: false,
    global: true,
    request: ({ random, account }) => ({
      userName: random.pick(account.users).name,
      policyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
    }),
    errors: [DENIED, { code: 'NoSuchEntityException', message: 'The user cannot be found.' }],
  },
  {
    weight: 1,
    eventSource: 'iam.amazonaws.com',
    eventName: 'CreateUser',
    readOnly: false,
    global: true,
    request: ({ random, account }) => ({ userName: random.pick(account.users).name, tags: [] }),
    response: (context) => {
      const { arn, userName } = iamUserOf(context.random, context.account);
      return { user: { path: '/', arn, userName, createDate: 'Feb 28, 2024 9:12:05 AM' } };
    },
    errors: [{ code: 'EntityAlreadyExistsException', message: 'User with that name already exists.' }],
  },
  {
    weight: 6,
    eventSource: 'sts.amazonaws.com',
    eventName: 'GetCallerIdentity',
    readOnly: true,
    request: () => null,
  },
];
