/** Who made a request, for every type of userIdentity. */
import { namesInArn } from '../../../cloudtrail/derived/principal.js';
import { checkFile, type OracleRow } from '../../support/oracle.js';

const ACCOUNT = '111122223333';
const rowOf = (record: object): OracleRow =>
  checkFile(JSON.stringify({ Records: [{ eventTime: '2026-11-02T00:00:01Z', ...record }] }))[0];

interface Told {
  id?: string;
  name?: string;
  email?: string;
  session?: string;
  related?: string[];
}

/** What the row says of the caller. */
function told(record: object): Told {
  const row = rowOf(record);
  const all = {
    id: row['user.id'],
    name: row['user.name'],
    email: row['user.email'],
    session: row['aws.cloudtrail.user_identity.session_name'],
    related: row['related.user'],
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)) as Told;
}

const assumedRole = (role: string, session: string, more: object = {}, partition = 'aws'): object => ({
  type: 'AssumedRole',
  principalId: `AROAEXAMPLE:${session}`,
  arn: `arn:${partition}:sts::${ACCOUNT}:assumed-role/${role}/${session}`,
  sessionContext: { sessionIssuer: { type: 'Role', userName: role } },
  ...more,
});
const store = {
  userId: '0a0b0c0d-1111-7000-8000-000000000001',
  identityStoreArn: 'arn:aws:identitystore::1:identitystore/d-1',
};

const CALLERS: [what: string, userIdentity: object, told: Told, additionalEventData?: object][] = [
  [
    'IAMUser',
    { type: 'IAMUser', principalId: 'AIDAEXAMPLE', arn: `arn:aws:iam::${ACCOUNT}:user/ops/zoe`, userName: 'zoe' },
    { id: 'AIDAEXAMPLE', name: 'zoe', related: ['zoe'] },
  ],
  [
    'IAMUser whose name is in the ARN only',
    { type: 'IAMUser', principalId: 'AIDAEXAMPLE', arn: `arn:aws-us-gov:iam::${ACCOUNT}:user/ops/eu/zoe` },
    { id: 'AIDAEXAMPLE', name: 'zoe', related: ['zoe'] },
  ],
  [
    'Root',
    { type: 'Root', principalId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root` },
    { id: ACCOUNT, name: 'root', related: ['root'] },
  ],
  [
    'Root of an account with an alias, which is no user’s name but stays related',
    { type: 'Root', principalId: ACCOUNT, userName: 'my-company' },
    { id: ACCOUNT, name: 'root', related: ['root', 'my-company'] },
  ],
  [
    'AssumedRole',
    assumedRole('Auditor', 'nightly'),
    { id: 'AROAEXAMPLE:nightly', name: 'Auditor', session: 'nightly', related: ['Auditor', 'nightly'] },
  ],
  ...['aws-cn', 'aws-eusc', 'aws-iso-b'].map((partition): [string, object, Told] => [
    `AssumedRole in ${partition}, with every character that a session's name may have`,
    assumedRole('R', 'a_b=c,d.e@f-g+h', {}, partition),
    { id: 'AROAEXAMPLE:a_b=c,d.e@f-g+h', name: 'R', session: 'a_b=c,d.e@f-g+h', related: ['R', 'a_b=c,d.e@f-g+h'] },
  ]),
  [
    'AssumedRole without an issuer: the role of the ARN',
    { type: 'AssumedRole', principalId: 'AROAEXAMPLE:i-0abc', arn: `arn:aws:sts::${ACCOUNT}:assumed-role/web/i-0abc` },
    { id: 'AROAEXAMPLE:i-0abc', name: 'web', session: 'i-0abc', related: ['web', 'i-0abc'] },
  ],
  [
    'AssumedRole with an empty ARN: the session of the id, the role of the issuer’s ARN',
    {
      type: 'AssumedRole',
      principalId: 'AROAEXAMPLE:i-0abc',
      arn: '',
      sessionContext: { sessionIssuer: { userName: '', arn: `arn:aws:iam::${ACCOUNT}:role/service-role/web` } },
    },
    { id: 'AROAEXAMPLE:i-0abc', name: 'web', session: 'i-0abc', related: ['web', 'i-0abc'] },
  ],
  [
    'AssumedRole of somebody whose source identity is known',
    assumedRole('Auditor', 's-1', {
      sessionContext: { sessionIssuer: { userName: 'Auditor' }, sourceIdentity: 'zoe' },
    }),
    { id: 'AROAEXAMPLE:s-1', name: 'Auditor', session: 's-1', related: ['Auditor', 's-1', 'zoe'] },
  ],
  [
    'AssumedRole of IAM Identity Center: the session is named after the user',
    assumedRole('AWSReservedSSO_ReadOnly_0123456789abcdef', 'zoe@example.com'),
    {
      id: 'AROAEXAMPLE:zoe@example.com',
      name: 'AWSReservedSSO_ReadOnly_0123456789abcdef',
      email: 'zoe@example.com',
      session: 'zoe@example.com',
      related: ['AWSReservedSSO_ReadOnly_0123456789abcdef', 'zoe@example.com'],
    },
  ],
  [
    'AssumedRole with a session that anybody may have named: no e-mail address',
    assumedRole('Deploy', 'zoe@example.com'),
    {
      id: 'AROAEXAMPLE:zoe@example.com',
      name: 'Deploy',
      session: 'zoe@example.com',
      related: ['Deploy', 'zoe@example.com'],
    },
  ],
  [
    'AWSAccount, a role of it',
    { type: 'AWSAccount', principalId: 'AROAOTHER:job-7', accountId: '444455556666' },
    { id: 'AROAOTHER:job-7', session: 'job-7', related: ['job-7'] },
  ],
  ['AWSAccount, a user of it', { type: 'AWSAccount', principalId: 'AIDAOTHER' }, { id: 'AIDAOTHER' }],
  [
    'AssumedRole whose id has no session',
    { type: 'AssumedRole', principalId: 'AROAEXAMPLE', sessionContext: { sessionIssuer: { userName: 'web' } } },
    { id: 'AROAEXAMPLE', name: 'web', related: ['web'] },
  ],
  [
    'AssumedRole whose id ends in a colon',
    { type: 'AssumedRole', principalId: 'AROAEXAMPLE:', sessionContext: { sessionIssuer: { userName: 'web' } } },
    { id: 'AROAEXAMPLE:', name: 'web', related: ['web'] },
  ],
  ['AWSService', { type: 'AWSService', invokedBy: 'ec2.amazonaws.com' }, {}],
  [
    'FederatedUser of an IAM user: the issuer’s name',
    {
      type: 'FederatedUser',
      principalId: `${ACCOUNT}:contractor`,
      arn: `arn:aws:sts::${ACCOUNT}:federated-user/contractor`,
      sessionContext: { sessionIssuer: { type: 'IAMUser', userName: 'broker' } },
    },
    { id: `${ACCOUNT}:contractor`, name: 'broker', session: 'contractor', related: ['broker', 'contractor'] },
  ],
  [
    'FederatedUser of root, which has no name',
    {
      type: 'FederatedUser',
      principalId: `${ACCOUNT}:contractor`,
      sessionContext: { sessionIssuer: { type: 'Root' } },
    },
    { id: `${ACCOUNT}:contractor`, session: 'contractor', related: ['contractor'] },
  ],
  [
    'SAMLUser',
    { type: 'SAMLUser', principalId: 'ns:zoe@example.com', userName: 'zoe@example.com' },
    { id: 'ns:zoe@example.com', name: 'zoe@example.com', email: 'zoe@example.com', related: ['zoe@example.com'] },
  ],
  [
    'WebIdentityUser, whose id has colons and no session',
    { type: 'WebIdentityUser', principalId: 'accounts.google.com:app:12345', userName: '12345' },
    { id: 'accounts.google.com:app:12345', name: '12345', related: ['12345'] },
  ],
  ['Directory', { type: 'Directory', userName: 'corp\\zoe' }, { name: 'corp\\zoe', related: ['corp\\zoe'] }],
  [
    'IdentityCenterUser who signs in',
    { type: 'IdentityCenterUser', arn: '', onBehalfOf: store, credentialId: 'c' },
    { id: store.userId, name: 'zoe@example.com', email: 'zoe@example.com', related: ['zoe@example.com'] },
    { UserName: 'zoe@example.com', CredentialType: 'PASSWORD' },
  ],
  [
    'IdentityCenterUser with a name that is no address',
    { type: 'IdentityCenterUser', onBehalfOf: store },
    { id: store.userId, name: 'example.com\\zoe', related: ['example.com\\zoe'] },
    { UserName: 'example.com\\zoe' },
  ],
  [
    'IdentityCenterUser whose name was not known',
    { type: 'IdentityCenterUser', onBehalfOf: store },
    { id: store.userId },
    { UserName: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
  ],
  [
    'IdentityCenterUser who does something else',
    { type: 'IdentityCenterUser', onBehalfOf: store },
    { id: store.userId },
  ],
  [
    'IdentityCenterUser with a token, and a name nowhere',
    { type: 'IdentityCenterUser', onBehalfOf: store, credentialId: 'token-1' },
    { id: store.userId, name: 'token-1', related: ['token-1'] },
  ],
  [
    'Unknown, as sign-in events of Identity Center were until July 2025: the account is no user’s id',
    { type: 'Unknown', principalId: ACCOUNT, userName: 'zoe', onBehalfOf: store },
    { id: store.userId, name: 'zoe', related: ['zoe'] },
    { UserName: 'zoe' },
  ],
  ['Unknown, empty throughout', { type: 'Unknown', principalId: '', arn: '', userName: '' }, {}],
  ['no type, and a sign-in', { principalId: 'p' }, { id: 'p', name: 'zoe', related: ['zoe'] }, { UserName: 'zoe' }],
];

test.each(CALLERS)('%s', (...[, userIdentity, expected, additionalEventData]) => {
  expect(told({ userIdentity, additionalEventData })).toEqual(expected);
});

test('every user name in the event is related, each once', () => {
  const record = {
    userIdentity: assumedRole('Admin', 'zoe'),
    requestParameters: { userName: 'yan', newUserName: 'jan', roleSessionName: 'job', sourceIdentity: 'zoe' },
    responseElements: { user: { userName: 'yan' }, accessKey: { userName: 'max' } },
  };
  expect(told(record).related).toEqual(['Admin', 'zoe', 'yan', 'jan', 'job', 'max']);
  expect(told({ requestParameters: { username: 'pool-user' } }).related).toEqual(['pool-user']);
});

test.each([
  ['arn:aws:iam::1:user/a/b/Name', 'Name', undefined],
  ['arn:aws:iam::1:role/aws-service-role/x.amazonaws.com/Name', 'Name', undefined],
  ['arn:aws:sts::1:assumed-role/Role/s', 'Role', 's'],
  ['arn:aws:sts::1:assumed-role/path/Role/s', 'Role', 's'],
  ['arn:aws:sts::1:assumed-role/Role', 'Role', undefined],
  ['arn:aws:sts::1:assumed-role/Role/', 'Role', undefined],
  ['arn:aws-iso-e:sts::1:federated-user/Name', 'Name', 'Name'],
  ['arn:aws:iam::1:root', undefined, undefined],
  ['arn:aws:s3:::bucket/user/x', undefined, undefined],
  ['arn:aws:iam::1:user/', undefined, undefined],
  ['user/Name', undefined, undefined],
])('the names in %s', (arn, name, session) => {
  const found = namesInArn(arn);
  expect([found.name?.toString(), found.session?.toString()]).toEqual([name, session]);
});

test.each([
  ['a@example.com', true],
  ['first.last+tag@sub.example.co.uk', true],
  ['a@localhost', false],
  ['@example.com', false],
  ['a@.com', false],
  ['a@example.', false],
  ['a b@example.com', false],
  ['a@b@example.com', false],
  ['example.com', false],
])('is %s an e-mail address? %s', (userName, isOne) => {
  expect(told({ userIdentity: { type: 'SAMLUser', userName } }).email).toBe(isOne ? userName : undefined);
});
