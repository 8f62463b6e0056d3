/** Cases of the saved queries about sign-ins, the root user and sessions. */
import {
  ACCOUNT,
  event,
  login,
  OTHER,
  role,
  roleArn,
  root,
  type SavedCase,
  service,
  time,
  user,
  userArn,
} from './records';

const HIDDEN = { type: 'IAMUser', accountId: ACCOUNT, accessKeyId: '', userName: 'HIDDEN_DUE_TO_SECURITY_REASONS' };

export const SIGN_INS: readonly SavedCase[] = [
  {
    query: 'root-activity',
    records: [
      login('05 08:00', 'Success', 'Yes', { who: root() }),
      event('05 08:10', 'iam', 'CreateAccessKey', { who: root(), error: 'AccessDenied' }),
      // A service on behalf of the root user, an event of a service, and somebody else.
      event('05 08:20', 'cloudformation', 'DescribeStacks', { who: root({ invokedBy: 'support.amazonaws.com' }) }),
      event('05 08:30', 'kms', 'RotateKey', { who: root(), more: { eventType: 'AwsServiceEvent' } }),
      event('05 08:40', 'iam', 'ListUsers'),
      login('06 08:00', 'Failure', 'No', { who: root({ accessKeyId: '' }) }),
    ],
    rows: [
      { event_name: 'ConsoleLogin', event_time: time('05 08:00'), mfa: 'true', outcome: 'success', event_id: 'e1' },
      { event_name: 'CreateAccessKey', error_code: 'AccessDenied', account: ACCOUNT, event_id: 'e2' },
      { event_name: 'ConsoleLogin', mfa: 'false', outcome: 'failure', source_ip: '192.0.2.10', event_id: 'e6' },
    ],
  },
  {
    query: 'logins',
    records: [
      login('05 08:00', 'Success', 'Yes'),
      login('05 18:00', 'Success', 'Yes'),
      login('05 19:00', 'Failure', 'No'),
      login('06 08:00', 'Success', 'No', { who: role('Admin', 'bob@example.com'), ip: '198.51.100.7' }),
    ],
    rows: [
      {
        day: '2024-03-05',
        principal: 'alice',
        mfa: 'true',
        logins: '2',
        first_seen: time('05 08:00'),
        last_seen: time('05 18:00'),
      },
      {
        day: '2024-03-06',
        principal: 'Admin',
        session: 'bob@example.com',
        mfa: 'false',
        source_ip: '198.51.100.7',
        logins: '1',
      },
    ],
  },
  {
    query: 'logins-without-mfa',
    records: [
      login('05 08:00', 'Success', 'No'),
      login('05 08:10', 'Success', 'Yes', { who: user('bob') }),
      login('05 08:20', 'Failure', 'No', { who: user('carol') }),
      // The identity provider asks for MFA.
      login('05 08:30', 'Success', 'No', { who: role('Admin', 'dave') }),
      login('05 08:40', 'Success', 'No', { who: root() }),
    ],
    rows: [
      { event_time: time('05 08:00'), principal: 'alice', principal_type: 'IAMUser', mfa: 'false', event_id: 'e1' },
      { principal: 'root', principal_type: 'Root', event_id: 'e5' },
    ],
  },
  {
    query: 'failed-logins',
    records: [
      login('05 08:00', 'Failure', 'No', { ip: '203.0.113.9' }),
      login('05 08:01', 'Failure', 'Yes', { ip: '203.0.113.9' }),
      login('05 08:02', 'Success', 'Yes'),
      login('05 08:03', 'Failure', 'No', {
        who: HIDDEN,
        more: { errorMessage: 'No username found in supplied account' },
      }),
      event('05 08:04', 'sso', 'CredentialVerification', {
        who: { type: 'Unknown', principalId: ACCOUNT, accountId: ACCOUNT, userName: 'erin' },
        more: { eventType: 'AwsServiceEvent', serviceEventDetails: { CredentialVerification: 'Failure' } },
      }),
      event('05 08:05', 'iam', 'GetUser', { error: 'AccessDenied' }),
    ],
    rows: [
      {
        principal: 'alice',
        account: ACCOUNT,
        source_ip: '203.0.113.9',
        failures: '2',
        first_seen: time('05 08:00'),
        last_seen: time('05 08:01'),
        reasons: 'Failed authentication',
      },
      { principal: null, failures: '1', reasons: 'No username found in supplied account' },
      { principal: 'erin', failures: '1', reasons: null },
    ],
  },
  {
    query: 'failed-logins',
    about: 'at least two',
    parameters: { at_least: '2' },
    records: [
      login('05 08:00', 'Failure', 'No'),
      login('05 08:01', 'Failure', 'No'),
      login('05 08:02', 'Failure', 'No', { who: user('bob') }),
    ],
    rows: [{ principal: 'alice', failures: '2' }],
  },
  {
    query: 'logins-after-failures',
    parameters: { at_least: '2' },
    records: [
      login('05 07:00', 'Failure', 'No'),
      login('05 08:00', 'Failure', 'No', { ip: '203.0.113.9' }),
      login('05 08:05', 'Failure', 'No', { ip: '198.51.100.1' }),
      login('05 08:10', 'Success', 'No', { ip: '203.0.113.9' }),
      // Only one failure, and one of somebody else.
      login('05 08:05', 'Failure', 'No', { who: user('bob') }),
      login('05 08:06', 'Success', 'No', { who: user('bob') }),
    ],
    rows: [
      {
        event_time: time('05 08:10'),
        principal: 'alice',
        source_ip: '203.0.113.9',
        failures: '2',
        first_failure: time('05 08:00'),
        failed_from: '198.51.100.1, 203.0.113.9',
        event_id: 'e4',
      },
    ],
  },
  {
    query: 'cross-account-role-use',
    records: [
      // One call, delivered to both accounts.
      event('05 08:00', 'sts', 'AssumeRole', {
        request: { roleArn: roleArn('Audit', OTHER), roleSessionName: 'a' },
        more: { sharedEventID: 'shared-1' },
      }),
      event('05 08:00', 'sts', 'AssumeRole', {
        who: { type: 'AWSAccount', principalId: 'AIDAALICE', accountId: ACCOUNT },
        account: OTHER,
        request: { roleArn: roleArn('Audit', OTHER), roleSessionName: 'a' },
        more: { sharedEventID: 'shared-1' },
      }),
      event('06 08:00', 'sts', 'AssumeRole', {
        error: 'AccessDenied',
        message: `User: ${userArn('alice')} is not authorized to perform: sts:AssumeRole on resource: ${roleArn('Audit', OTHER)}`,
        ip: '203.0.113.9',
      }),
      // In the same account, and by a service.
      event('05 09:00', 'sts', 'AssumeRole', { request: { roleArn: roleArn('Local') } }),
      event('05 09:10', 'sts', 'AssumeRole', {
        who: service('ec2.amazonaws.com'),
        request: { roleArn: roleArn('Audit', OTHER) },
      }),
      // A partner, whose account has no trail here.
      event('07 08:00', 'sts', 'AssumeRole', {
        who: { type: 'AWSAccount', principalId: 'AROAPARTNER:session', accountId: '777788889999' },
        request: { roleArn: roleArn('Partner') },
        more: { sharedEventID: 'shared-2' },
      }),
    ],
    rows: [
      {
        from_account: ACCOUNT,
        caller: userArn('alice'),
        role_arn: roleArn('Audit', OTHER),
        calls: '2',
        errors: '1',
        source_ips: '192.0.2.10, 203.0.113.9',
        first_seen: time('05 08:00'),
        last_seen: time('06 08:00'),
      },
      { from_account: '777788889999', caller: 'AROAPARTNER:session', role_arn: roleArn('Partner'), calls: '1' },
    ],
  },
  {
    query: 'role-chaining',
    records: [
      event('05 08:00', 'sts', 'AssumeRole', {
        who: role('Admin', 'bob', ACCOUNT, { sourceIdentity: 'bob@example.com' }),
        request: { roleArn: roleArn('Deploy'), roleSessionName: 'x' },
      }),
      event('05 09:00', 'sts', 'AssumeRole', { who: role('Admin', 'carol'), request: { roleArn: roleArn('Deploy') } }),
      event('05 09:10', 'sts', 'AssumeRole', { request: { roleArn: roleArn('Deploy') } }),
      event('05 09:20', 'sts', 'AssumeRole', { who: role('Admin', 'carol'), error: 'AccessDenied' }),
    ],
    rows: [
      {
        from_role: roleArn('Admin'),
        to_role: roleArn('Deploy'),
        calls: '2',
        sessions: 'bob, carol',
        source_identities: 'bob@example.com',
        first_seen: time('05 08:00'),
      },
    ],
  },
  {
    query: 'federated-logins',
    records: [
      event('05 08:00', 'sts', 'AssumeRoleWithSAML', {
        who: {
          type: 'SAMLUser',
          principalId: 'abc=:bob@example.com',
          userName: 'bob@example.com',
          identityProvider: 'abc=',
        },
        request: {
          principalArn: `arn:aws:iam::${ACCOUNT}:saml-provider/Okta`,
          roleArn: roleArn('Admin'),
          durationSeconds: 3600,
        },
        response: { issuer: 'http://www.okta.com/x', subject: 'bob@example.com' },
      }),
      event('05 09:00', 'sts', 'AssumeRoleWithWebIdentity', {
        who: {
          type: 'WebIdentityUser',
          principalId:
            'arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com:sts.amazonaws.com:repo:acme/app',
          userName: 'repo:acme/app:ref:refs/heads/main',
          identityProvider: `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`,
        },
        request: { roleArn: roleArn('Deploy'), roleSessionName: 'GitHubActions' },
        response: {
          provider: `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`,
          audience: 'sts.amazonaws.com',
        },
      }),
      event('05 09:10', 'sts', 'AssumeRole', { request: { roleArn: roleArn('Deploy') } }),
    ],
    rows: [
      {
        event_name: 'AssumeRoleWithSAML',
        user_name: 'bob@example.com',
        provider: `arn:aws:iam::${ACCOUNT}:saml-provider/Okta`,
        role_arn: roleArn('Admin'),
        logins: '1',
        errors: '0',
      },
      {
        event_name: 'AssumeRoleWithWebIdentity',
        user_name: 'repo:acme/app:ref:refs/heads/main',
        provider: `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`,
        role_arn: roleArn('Deploy'),
        first_seen: time('05 09:00'),
      },
    ],
  },
];
