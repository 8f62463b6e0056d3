/** Empty texts and placeholders: no column falls back on one or is computed from one, and none is lost. */
import fc from 'fast-check';
import { isValue, isValueText, PLACEHOLDERS } from '../../../cloudtrail/derived/known-value.js';
import { checkFile, INSIGHTS_TABLE, type OracleRow } from '../../support/oracle.js';

const trail = (record: object): string =>
  JSON.stringify({ Records: [{ eventTime: '2026-11-02T00:00:01Z', ...record }] });
/** The row, after the oracle has agreed with it and the record has been rebuilt from it. */
const rowOf = (record: object): OracleRow => checkFile(trail(record))[0];
const RECIPIENT = '999988887777';

/** Texts that say nothing. */
const NOTHING = ['', ' ', '\t \n', '\u00a0\u3000', '-', ' - ', 'ANONYMOUS_PRINCIPAL', 'HIDDEN_DUE_TO_SECURITY_REASONS'];

describe.each(NOTHING)('the text %j', (text) => {
  it('is not an account: that of the recipient counts', () => {
    const row = rowOf({ userIdentity: { type: 'AWSAccount', accountId: text }, recipientAccountId: RECIPIENT });
    expect(row).toMatchObject({
      'cloud.account.id': RECIPIENT,
      'aws.cloudtrail.user_identity.account_id': text,
    });
  });

  it('is neither a name nor an id', () => {
    const row = rowOf({
      userIdentity: {
        type: 'Unknown',
        principalId: text,
        arn: text,
        userName: text,
        sessionContext: { sessionIssuer: { userName: text, arn: text }, sourceIdentity: text },
        onBehalfOf: { userId: text },
      },
      requestParameters: { userName: text, newUserName: text, roleSessionName: text, Host: [text], publicIp: text },
      responseElements: { user: { userId: text, userName: text }, codeSha256: text },
      additionalEventData: { UserName: text },
    });
    const columns = ['id', 'name', 'email', 'target.name', 'target.id', 'changes.name'].map((name) => `user.${name}`);
    const related = ['user', 'hosts', 'ip', 'hash'].map((name) => `related.${name}`);
    for (const column of [...columns, ...related, 'aws.cloudtrail.user_identity.session_name'])
      expect([column, row[column]]).toEqual([column, null]);
    expect(row['aws.cloudtrail.user_identity.principal_id']).toBe(text);
  });

  it('is not a host, cipher, version, address, service or program', () => {
    const row = rowOf({
      eventSource: text,
      sourceIPAddress: text,
      userAgent: text,
      errorMessage: text,
      tlsDetails: { tlsVersion: text, cipherSuite: text, clientProvidedHostHeader: text },
    });
    const columns = [
      'tls.cipher',
      'tls.client.server_name',
      'tls.version',
      'tls.version_protocol',
      'destination.domain',
    ];
    for (const column of [
      ...columns,
      'related.hosts',
      'source.ip',
      'cloud.service.name',
      'user_agent.name',
      'error.message',
    ])
      expect([column, row[column]]).toEqual([column, null]);
    expect(row['aws.cloudtrail.tls_details.cipher_suite']).toBe(text);
  });

  it('does not replace a user’s own name by that of the session issuer', () => {
    const userIdentity = { type: 'IAMUser', userName: 'Zoe', sessionContext: { sessionIssuer: { userName: text } } };
    expect(rowOf({ userIdentity })).toMatchObject({ 'user.name': 'Zoe', 'related.user': ['Zoe'] });
  });

  it('gives no value about a console login', () => {
    const more = { MobileVersion: text, MFAUsed: text, LoginTo: text };
    const row = rowOf({ eventName: 'ConsoleLogin', additionalEventData: more });
    const names = ['mobile_version', 'mfa_used', 'login_to'];
    const values = names.map((name) => row[`aws.cloudtrail.console_login.additional_eventdata.${name}`]);
    expect(values).toEqual([null, null, null]);
  });
});

test.each([
  'anonymous',
  'Anonymous',
  '11112222333',
  '1111222233334',
  '11112222333x',
  'arn:aws:iam::111122223333:root',
  'AWS',
])('an account is 12 digits, and not %s', (accountId) => {
  const userIdentity = { type: 'Unknown', accountId };
  expect(rowOf({ userIdentity, recipientAccountId: RECIPIENT })['cloud.account.id']).toBe(RECIPIENT);
  expect(rowOf({ userIdentity })).toMatchObject({
    'cloud.account.id': null,
    'aws.cloudtrail.user_identity.account_id': accountId,
  });
  expect(rowOf({ userIdentity, accountId: '444455556666' })['cloud.account.id']).toBe('444455556666');
});

test('the caller’s account wins if it is an account', () => {
  const row = rowOf({ userIdentity: { accountId: '111122223333' }, recipientAccountId: RECIPIENT });
  expect(row['cloud.account.id']).toBe('111122223333');
});

test('TLS details that repeat the names of their members count as missing', () => {
  const tlsDetails = {
    tlsVersion: 'tlsVersion',
    cipherSuite: 'cipherSuite',
    clientProvidedHostHeader: 'clientProvidedHostHeader',
  };
  const row = rowOf({ eventSource: 'grafana.amazonaws.com', tlsDetails });
  for (const column of ['tls.cipher', 'tls.version', 'tls.client.server_name', 'destination.domain', 'related.hosts'])
    expect([column, row[column]]).toEqual([column, null]);
  expect(row).toMatchObject({
    'aws.cloudtrail.tls_details.tls_version': 'tlsVersion',
    'aws.cloudtrail.tls_details.cipher_suite': 'cipherSuite',
    'aws.cloudtrail.tls_details.client_provided_host_header': 'clientProvidedHostHeader',
  });
});

test('an anonymous caller of Cognito has no id; a user of that name has one, and the name', () => {
  expect(rowOf({ userIdentity: { type: 'Unknown', principalId: 'Anonymous' } })['user.id']).toBeNull();
  const userIdentity = { type: 'IAMUser', principalId: 'AIDAEXAMPLE', userName: 'Anonymous' };
  expect(rowOf({ userIdentity })).toMatchObject({ 'user.id': 'AIDAEXAMPLE', 'user.name': 'Anonymous' });
});

test('the insights table has the same rules', () => {
  const record = { userIdentity: { accountId: '' }, recipientAccountId: RECIPIENT, eventSource: 'sts.amazonaws.com' };
  const [row] = checkFile(trail(record), undefined, INSIGHTS_TABLE);
  expect(row).toMatchObject({ 'cloud.account.id': RECIPIENT, 'cloud.service.name': 'sts' });
});

test('bytes and strings are judged alike', () => {
  const part = fc.constantFrom(
    '',
    ' ',
    '\t',
    '\u00a0',
    '\u3000',
    '\ufeff',
    '-',
    'x',
    'é',
    ...PLACEHOLDERS.map(({ text }) => text),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
      const text = parts.join('');
      const bytes = Buffer.from(`"${text}"`);
      expect([text, isValue(bytes, 1, bytes.length - 1)]).toEqual([text, isValueText(text)]);
    }),
    { numRuns: 2000 },
  );
});
