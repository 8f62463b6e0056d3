/** Cases of the saved queries about what somebody did, and what is unusual. */
import { ACCOUNT, event, role, roleArn, type SavedCase, service, time, user, userArn } from './records';

const read = (when: string, bucket: string, key: string, bytes: number, of = {}) =>
  event(when, 's3', 'GetObject', {
    request: { bucketName: bucket, key },
    ...of,
    more: { eventCategory: 'Data', managementEvent: false, additionalEventData: { bytesTransferredOut: bytes } },
  });
const DAY = [
  event('05 08:00', 's3', 'ListBuckets'),
  event('05 09:00', 's3', 'ListBuckets', { ip: '203.0.113.9' }),
  event('05 10:00', 'iam', 'CreateUser', { error: 'AccessDenied' }),
  event('06 08:00', 's3', 'ListBuckets'),
  event('06 09:00', 's3', 'ListBuckets', { who: role('Admin', 'alice-session'), ip: '198.51.100.1' }),
  event('06 10:00', 's3', 'ListBuckets', { who: user('bob'), ip: '203.0.113.9' }),
];
const OF_ALICE = [
  { day: '2024-03-05', event_name: 'ListBuckets', calls: '2', errors: '0', source_ips: '192.0.2.10, 203.0.113.9' },
  { day: '2024-03-05', event_source: 'iam.amazonaws.com', event_name: 'CreateUser', calls: '1', errors: '1' },
  { day: '2024-03-06', event_name: 'ListBuckets', calls: '1', first_seen: time('06 08:00') },
];

export const ACTIVITY: readonly SavedCase[] = [
  { query: 'principal-activity', parameters: { principal: 'alice' }, records: DAY, rows: OF_ALICE },
  {
    query: 'principal-activity',
    about: 'by ARN, on one day',
    parameters: { principal: userArn('alice') },
    from: '2024-03-06',
    to: '2024-03-06',
    records: DAY,
    rows: OF_ALICE.slice(2),
  },
  {
    query: 'principal-activity',
    about: 'by the name of a session',
    parameters: { principal: 'alice-session' },
    records: DAY,
    rows: [{ day: '2024-03-06', calls: '1', source_ips: '198.51.100.1' }],
  },
  {
    query: 'ip-activity',
    parameters: { ip: '203.0.113.9' },
    records: DAY,
    rows: [
      { day: '2024-03-05', caller: userArn('alice'), event_name: 'ListBuckets', calls: '1' },
      { day: '2024-03-06', caller: userArn('bob'), calls: '1', last_seen: time('06 10:00') },
    ],
  },
  { query: 'key-activity', parameters: { key: 'AKIAALICE' }, records: DAY, rows: OF_ALICE },
  {
    query: 'top-talkers',
    parameters: { top: '2' },
    records: DAY,
    rows: [
      { caller: userArn('alice'), principal_type: 'IAMUser', calls: '4', errors: '1', services: '2', addresses: '2' },
      { caller: roleArn('Admin'), principal_type: 'AssumedRole', calls: '1', services: '1', regions: '1' },
    ],
  },
  {
    query: 'errors-by-service',
    records: [
      event('05 08:00', 's3', 'GetBucketPolicy', { error: 'NoSuchBucketPolicy', message: 'one' }),
      event('05 09:00', 's3', 'GetBucketPolicy', { error: 'NoSuchBucketPolicy', message: 'two', who: user('bob') }),
      event('05 10:00', 's3', 'GetBucketPolicy', { error: 'AccessDenied' }),
      event('05 11:00', 's3', 'GetBucketPolicy'),
    ],
    rows: [
      {
        event_name: 'GetBucketPolicy',
        error_code: 'NoSuchBucketPolicy',
        errors: '2',
        callers: '2',
        last_message: 'two',
      },
      { error_code: 'AccessDenied', errors: '1', callers: '1', first_seen: time('05 10:00') },
    ],
  },
  {
    query: 'bucket-access',
    parameters: { bucket: 'payroll' },
    records: [
      read('05 08:00', 'payroll', 'a.csv', 100),
      read('05 08:01', 'payroll', 'a.csv', 100),
      read('05 08:02', 'payroll', 'b.csv', 50, { ip: '203.0.113.9' }),
      read('05 08:03', 'other', 'a.csv', 1000),
      event('05 08:04', 's3', 'GetBucketAcl', {
        request: { bucketName: 'payroll' },
        error: 'AccessDenied',
        who: role('Audit', 'x'),
      }),
    ],
    rows: [
      {
        caller: userArn('alice'),
        event_name: 'GetObject',
        calls: '3',
        objects: '2',
        bytes_out: '250',
        source_ips: '192.0.2.10, 203.0.113.9',
      },
      {
        caller: roleArn('Audit'),
        principal_account: ACCOUNT,
        event_name: 'GetBucketAcl',
        calls: '1',
        errors: '1',
        bytes_out: null,
      },
    ],
  },
  {
    query: 'secrets-read',
    records: [
      event('05 08:00', 'secretsmanager', 'GetSecretValue', { request: { secretId: 'db/password' } }),
      event('05 08:01', 'secretsmanager', 'GetSecretValue', {
        request: { secretId: 'db/password' },
        error: 'AccessDenied',
      }),
      event('05 08:02', 'ssm', 'GetParameter', { request: { name: '/db/key', withDecryption: true } }),
      event('05 08:03', 'ssm', 'GetParameter', { request: { name: '/public' } }),
      event('05 08:04', 'secretsmanager', 'ListSecrets'),
      event('05 08:05', 'ssm', 'GetParameters', {
        request: { names: ['/a', '/b'], withDecryption: true },
        who: user('bob'),
      }),
    ],
    rows: [
      { principal: 'alice', secret: '/db/key', reads: '1', errors: '0' },
      { principal: 'alice', secret: 'db/password', reads: '1', errors: '1', last_seen: time('05 08:01') },
      { principal: 'bob', secret: '["/a","/b"]', reads: '1' },
    ],
  },
  {
    query: 'first-service-use',
    from: '2024-03-10',
    records: [
      event('05 08:00', 's3', 'ListBuckets', { who: role('Deploy', 'one') }),
      event('12 08:00', 's3', 'ListBuckets', { who: role('Deploy', 'two') }),
      event('12 09:00', 'iam', 'ListUsers', { who: role('Deploy', 'two'), ip: '203.0.113.9', error: 'AccessDenied' }),
      event('12 10:00', 'iam', 'CreateUser', { who: role('Deploy', 'two') }),
      event('12 11:00', 'ec2', 'DescribeInstances', { who: service('autoscaling.amazonaws.com') }),
    ],
    rows: [
      {
        caller: roleArn('Deploy'),
        event_source: 'iam.amazonaws.com',
        first_seen: time('12 09:00'),
        calls: '2',
        errors: '1',
        first_call: 'ListUsers',
        first_source_ip: '203.0.113.9',
      },
    ],
  },
  {
    query: 'first-service-use',
    about: 'after more days than are looked at',
    parameters: { history_days: '2' },
    from: '2024-03-10',
    records: [event('05 08:00', 's3', 'ListBuckets'), event('12 08:00', 's3', 'ListBuckets')],
    rows: [{ event_source: 's3.amazonaws.com', first_seen: time('12 08:00'), calls: '1' }],
  },
  {
    query: 'new-source-ips',
    from: '2024-03-10',
    records: [
      event('05 08:00', 's3', 'ListBuckets'),
      event('12 08:00', 's3', 'ListBuckets'),
      event('12 09:00', 'iam', 'ListUsers', { ip: '2001:db8::7', agent: 'curl/8' }),
      event('12 10:00', 's3', 'ListBuckets', { ip: 'cloudformation.amazonaws.com' }),
      event('12 11:00', 's3', 'ListBuckets', { ip: 'AWS Internal' }),
    ],
    rows: [
      {
        source_ip: '2001:db8::7',
        first_seen: time('12 09:00'),
        calls: '1',
        first_call: 'ListUsers',
        first_user_agent: 'curl/8',
      },
    ],
  },
  {
    query: 'unusual-regions',
    parameters: { at_most_percent: '20' },
    records: [
      ...['00', '10', '20', '30'].map((minute) => event(`05 08:${minute}`, 's3', 'ListBuckets')),
      event('05 09:00', 'ec2', 'RunInstances', { region: 'ap-south-1', who: user('bob') }),
      event('05 09:10', 'ec2', 'DescribeInstances', { region: 'sa-east-1', who: service('config.amazonaws.com') }),
    ],
    rows: [{ account: ACCOUNT, region: 'ap-south-1', calls: '1', percent: '20', writes: '1', principals: 'bob' }],
  },
  {
    query: 'rare-user-agents',
    parameters: { at_most: '2' },
    records: [
      event('05 08:00', 's3', 'ListBuckets', { agent: 'aws-cli/1.22 Linux/5.10-kali4' }),
      event('05 08:10', 's3', 'ListBuckets', { agent: 'my-script/1' }),
      event('05 08:20', 's3', 'ListBuckets', { agent: 'my-script/1' }),
      event('05 08:30', 's3', 'ListBuckets', { agent: 'shared/1' }),
      event('05 08:40', 's3', 'ListBuckets', { agent: 'shared/1', who: user('bob') }),
      ...['00', '10', '20'].map((minute) => event(`05 09:${minute}`, 's3', 'ListBuckets', { agent: 'often/1' })),
    ],
    rows: [
      { user_agent: 'aws-cli/1.22 Linux/5.10-kali4', caller: userArn('alice'), calls: '1', is_tool: 'true' },
      { user_agent: 'my-script/1', calls: '2', is_tool: 'false', last_seen: time('05 08:20') },
    ],
  },
  {
    query: 'enumeration',
    parameters: { at_least: '3' },
    records: [
      event('05 08:00', 'iam', 'ListUsers'),
      event('05 08:10', 's3', 'ListBuckets', { error: 'AccessDenied' }),
      event('05 08:20', 'ec2', 'DescribeInstances', { agent: 'later' }),
      event('05 08:30', 'ec2', 'DescribeInstances'),
      event('05 08:40', 'iam', 'CreateUser'),
      // The same in two hours is not enough.
      event('05 08:50', 'iam', 'ListUsers', { who: user('bob') }),
      event('05 09:10', 'iam', 'ListRoles', { who: user('bob') }),
      event('05 09:20', 'iam', 'ListGroups', { who: user('bob') }),
    ],
    rows: [
      {
        hour: '2024-03-05T08:00:00',
        caller: userArn('alice'),
        different_calls: '3',
        services: '3',
        calls: '4',
        errors: '1',
      },
    ],
  },
];
