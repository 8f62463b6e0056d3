/** Cases of the saved queries about IAM: keys, users, policies. */
import { ACCOUNT, event, OTHER, role, type SavedCase, time, user, userArn } from './records';

const key = (id: string, of: string) => ({ accessKey: { accessKeyId: id, status: 'Active', userName: of } });
const document = (...statements: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement: statements });

export const IDENTITIES: readonly SavedCase[] = [
  {
    query: 'new-access-keys',
    records: [
      event('05 08:00', 'iam', 'CreateAccessKey', { request: { userName: 'bob' }, response: key('AKIABOB', 'bob') }),
      event('05 08:10', 'iam', 'CreateAccessKey', { response: key('AKIAALICE2', 'alice') }),
      event('05 08:20', 'iam', 'CreateAccessKey', { request: { userName: 'carol' }, error: 'AccessDenied' }),
      event('05 08:30', 'iam', 'DeleteAccessKey', { request: { accessKeyId: 'AKIABOB' } }),
    ],
    rows: [
      { created_by: 'alice', key_of: 'bob', key_id: 'AKIABOB', for_another: 'true', event_time: time('05 08:00') },
      { created_by: 'alice', key_of: 'alice', key_id: 'AKIAALICE2', for_another: 'false' },
      { key_of: 'carol', key_id: null, error_code: 'AccessDenied', event_id: 'e3' },
    ],
  },
  {
    query: 'unused-access-keys',
    parameters: { days: '20' },
    records: [
      event('01 08:00', 'iam', 'CreateAccessKey', { request: { userName: 'bob' }, response: key('AKIANEVER', 'bob') }),
      event('01 09:00', 'iam', 'CreateAccessKey', { request: { userName: 'bob' }, response: key('AKIAGONE', 'bob') }),
      event('02 08:00', 'iam', 'DeleteAccessKey', { request: { userName: 'bob', accessKeyId: 'AKIAGONE' } }),
      event('03 08:00', 's3', 'ListBuckets', { who: user('carol') }),
      event('20 08:00', 's3', 'ListBuckets', { who: user('dave') }),
      // A session has no key that could lie about.
      event('01 08:00', 's3', 'ListBuckets', { who: role('Admin', 'x') }),
      event('28 08:00', 's3', 'ListBuckets'),
    ],
    rows: [
      { key_id: 'AKIANEVER', key_of: 'bob', created: time('01 08:00'), last_used: null, idle_days: '27' },
      {
        key_id: 'AKIACAROL',
        key_of: 'carol',
        account: ACCOUNT,
        created: null,
        last_used: time('03 08:00'),
        idle_days: '25',
      },
    ],
  },
  {
    query: 'new-identities',
    records: [
      event('05 08:00', 'iam', 'CreateUser', { request: { userName: 'mallory' } }),
      event('05 08:01', 'iam', 'CreateLoginProfile', {
        request: { userName: 'mallory', passwordResetRequired: false },
      }),
      event('05 08:02', 'iam', 'CreateRole', { request: { roleName: 'Backdoor' }, who: role('Admin', 'bob') }),
      event('05 08:03', 'iam', 'CreateServiceLinkedRole', { request: { aWSServiceName: 'x.amazonaws.com' } }),
      event('05 08:04', 'iam', 'CreateGroup', {
        request: { groupName: 'admins' },
        error: 'EntityAlreadyExistsException',
      }),
      event('05 08:05', 'iam', 'DeleteUser', { request: { userName: 'mallory' } }),
      event('05 08:06', 'cognito-idp', 'CreateGroup', { request: { groupName: 'customers' } }),
    ],
    rows: [
      { event_name: 'CreateUser', identity: 'mallory', principal: 'alice' },
      { event_name: 'CreateLoginProfile', identity: 'mallory' },
      { event_name: 'CreateRole', identity: 'Backdoor', principal: 'Admin', principal_type: 'AssumedRole' },
      { event_name: 'CreateGroup', identity: 'admins', error_code: 'EntityAlreadyExistsException', event_id: 'e5' },
    ],
  },
  {
    query: 'policy-changes',
    records: [
      event('05 08:00', 'iam', 'AttachUserPolicy', {
        request: { userName: 'bob', policyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' },
      }),
      event('05 08:01', 'iam', 'PutRolePolicy', {
        request: { roleName: 'Deploy', policyName: 'inline', policyDocument: '{}' },
      }),
      event('05 08:02', 'iam', 'AddUserToGroup', { request: { userName: 'bob', groupName: 'admins' } }),
      event('05 08:03', 'organizations', 'DetachPolicy', { request: { policyId: 'p-abc', targetId: OTHER } }),
      event('05 08:04', 'iam', 'GetPolicy', { request: { policyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' } }),
      event('05 08:05', 'autoscaling', 'DeletePolicy', { request: { policyName: 'scale' } }),
    ],
    rows: [
      { event_name: 'AttachUserPolicy', target: 'bob', policy_or_group: 'arn:aws:iam::aws:policy/ReadOnlyAccess' },
      { event_name: 'PutRolePolicy', target: 'Deploy', policy_or_group: 'inline' },
      { event_name: 'AddUserToGroup', target: 'bob', policy_or_group: 'admins' },
      { event_name: 'DetachPolicy', target: OTHER, policy_or_group: 'p-abc', event_id: 'e4' },
    ],
  },
  {
    query: 'admin-grants',
    records: [
      event('05 08:00', 'iam', 'AttachUserPolicy', {
        request: { userName: 'bob', policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
      }),
      event('05 08:01', 'iam', 'PutUserPolicy', {
        request: {
          userName: 'bob',
          policyName: 'all',
          policyDocument: document({ Effect: 'Allow', Action: ['s3:*', '*'], Resource: '*' }),
        },
      }),
      event('05 08:02', 'iam', 'CreatePolicy', {
        // A statement that is not in a list, written with spaces.
        request: {
          policyName: 'single',
          policyDocument: '{ "Statement" : { "Effect" : "Allow", "Action" : "*", "Resource" : "*" } }',
        },
      }),
      event('05 08:03', 'iam', 'PutRolePolicy', {
        request: {
          roleName: 'Deploy',
          policyName: 'deny',
          policyDocument: document(
            { Effect: 'Deny', Action: '*', Resource: '*' },
            { Effect: 'Allow', Action: 's3:*', Resource: '*' },
          ),
        },
      }),
      event('05 08:04', 'iam', 'AttachRolePolicy', {
        request: { roleName: 'Deploy', policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
        error: 'AccessDenied',
      }),
      event('05 08:05', 'iam', 'PutUserPolicy', {
        request: { userName: 'bob', policyName: 'broken', policyDocument: 'no JSON' },
      }),
    ],
    rows: [
      { given_to: 'bob', policy: 'arn:aws:iam::aws:policy/AdministratorAccess', event_id: 'e1' },
      { given_to: 'bob', policy: 'all', event_name: 'PutUserPolicy', event_id: 'e2' },
      { given_to: null, policy: 'single', event_name: 'CreatePolicy', event_id: 'e3' },
    ],
  },
  {
    query: 'trust-changes',
    records: [
      event('05 08:00', 'iam', 'CreateRole', {
        request: {
          roleName: 'Partner',
          assumeRolePolicyDocument: document({
            Effect: 'Allow',
            Principal: { AWS: [`arn:aws:iam::${OTHER}:root`, ACCOUNT, '777788889999'] },
            Action: 'sts:AssumeRole',
          }),
        },
      }),
      event('05 08:01', 'iam', 'UpdateAssumeRolePolicy', {
        request: {
          roleName: 'Open',
          policyDocument: document({ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }),
        },
      }),
      event('05 08:02', 'iam', 'CreateRole', {
        request: {
          roleName: 'Lambda',
          assumeRolePolicyDocument: document({
            Effect: 'Allow',
            Principal: { Service: 'lambda.amazonaws.com' },
            Action: 'sts:AssumeRole',
          }),
        },
      }),
      event('05 08:03', 'iam', 'CreateRole', {
        request: {
          roleName: 'Own',
          assumeRolePolicyDocument: document({ Effect: 'Allow', Principal: { AWS: userArn('bob') } }),
        },
      }),
    ],
    rows: [
      { role: 'Partner', other_accounts: `["${OTHER}","777788889999"]`, everybody: 'false', event_id: 'e1' },
      { role: 'Open', other_accounts: '[]', everybody: 'true', event_name: 'UpdateAssumeRolePolicy', event_id: 'e2' },
    ],
  },
  {
    query: 'password-policy',
    records: [
      event('05 08:00', 'iam', 'UpdateAccountPasswordPolicy', {
        request: { minimumPasswordLength: 6, requireSymbols: false, maxPasswordAge: 90 },
      }),
      event('05 08:10', 'iam', 'DeleteAccountPasswordPolicy', { who: user('bob') }),
      event('05 08:20', 'iam', 'GetAccountPasswordPolicy'),
    ],
    rows: [
      {
        event_name: 'UpdateAccountPasswordPolicy',
        minimum_length: '6',
        max_age_days: '90',
        request_parameters: '{"minimumPasswordLength":6,"requireSymbols":false,"maxPasswordAge":90}',
      },
      { event_name: 'DeleteAccountPasswordPolicy', principal: 'bob', minimum_length: null },
    ],
  },
  {
    query: 'mfa-changes',
    records: [
      event('05 08:00', 'iam', 'DeactivateMFADevice', {
        request: { userName: 'bob', serialNumber: `arn:aws:iam::${ACCOUNT}:mfa/bob` },
      }),
      event('05 08:10', 'iam', 'CreateVirtualMFADevice', {
        request: { virtualMFADeviceName: 'evil' },
        response: { virtualMFADevice: { serialNumber: `arn:aws:iam::${ACCOUNT}:mfa/evil` } },
      }),
      event('05 08:20', 'iam', 'ListMFADevices', { request: { userName: 'bob' } }),
    ],
    rows: [
      { event_name: 'DeactivateMFADevice', device_of: 'bob', device: `arn:aws:iam::${ACCOUNT}:mfa/bob` },
      { event_name: 'CreateVirtualMFADevice', device_of: 'alice', device: `arn:aws:iam::${ACCOUNT}:mfa/evil` },
    ],
  },
  {
    query: 'denied-calls',
    records: [
      event('05 08:00', 's3', 'ListBuckets', { error: 'AccessDenied', ip: '203.0.113.9' }),
      event('05 08:10', 's3', 'ListBuckets', { error: 'AccessDenied' }),
      event('05 08:20', 'ec2', 'RunInstances', { error: 'Client.UnauthorizedOperation' }),
      event('05 08:30', 'kms', 'Decrypt', { error: 'AccessDeniedException', who: role('Deploy', 'x') }),
      event('05 08:40', 's3', 'GetBucketPolicy', { error: 'NoSuchBucketPolicy' }),
      event('05 08:50', 's3', 'ListBuckets'),
    ],
    rows: [
      {
        principal: 'alice',
        principal_arn: userArn('alice'),
        event_name: 'ListBuckets',
        denied: '2',
        source_ips: '192.0.2.10, 203.0.113.9',
        first_seen: time('05 08:00'),
      },
      { principal: 'Deploy', event_source: 'kms.amazonaws.com', event_name: 'Decrypt', denied: '1' },
      { principal: 'alice', event_name: 'RunInstances', denied: '1' },
    ],
  },
];
