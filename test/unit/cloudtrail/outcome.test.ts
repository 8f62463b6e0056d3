/** event.outcome and error.message: the rules of docs/tables.md, by example and by property. */
import fc from 'fast-check';
import { INSIGHTS_TABLE_COLUMNS } from '../../../cloudtrail/columns/insights.js';
import {
  classifyErrorCode,
  MISSING_WORDS,
  NO_ERROR_WORDS,
  SIGN_IN_SERVICES,
} from '../../../cloudtrail/derived/outcome.js';
import { rowOf } from '../../support/expected.js';
import { checkFile, INSIGHTS_TABLE } from '../../support/oracle.js';

const TIME = { eventTime: '2024-03-05T12:00:00Z' };
const SIGN_IN = { ...TIME, eventSource: 'signin.amazonaws.com' };
const API = { ...TIME, eventSource: 's3.amazonaws.com', eventName: 'PutObject' };

const row = (record: object) => rowOf(JSON.stringify(record));
const outcome = (record: object): unknown => row(record)['event.outcome'];

/** The events that AWS documents, each with the object that holds its result. */
const RESULTS: [eventName: string, holder: 'responseElements' | 'serviceEventDetails'][] = [
  ['ConsoleLogin', 'responseElements'],
  ['CheckMfa', 'responseElements'],
  ['SwitchRole', 'responseElements'],
  ['ExitRole', 'responseElements'],
  ['RenewRole', 'responseElements'],
  ['GetSigninToken', 'responseElements'],
  ['PasswordRecoveryRequested', 'responseElements'],
  ['PasswordRecoveryCompleted', 'responseElements'],
  ['PasswordUpdated', 'responseElements'],
  ['EmailUpdated', 'responseElements'],
  ['CredentialChallenge', 'serviceEventDetails'],
  ['CredentialVerification', 'serviceEventDetails'],
  ['UserAuthentication', 'serviceEventDetails'],
  ['AnEventOfNextYear', 'responseElements'],
  ['AnEventOfNextYear', 'serviceEventDetails'],
];

describe('a sign-in event has its outcome in a member of its own name', () => {
  it.each(RESULTS)('%s, in %s', (eventName, holder) => {
    const other = holder === 'responseElements' ? 'serviceEventDetails' : 'responseElements';
    const event = (result: unknown) => ({ ...SIGN_IN, eventName, [holder]: { [eventName]: result }, [other]: null });
    expect(outcome(event('Success'))).toBe('success');
    expect(outcome(event('Failure'))).toBe('failure');
    expect(outcome(event('FAILURE '))).toBe('failure');
    expect(outcome(event('Pending'))).toBe('unknown');
    expect(outcome(event(false))).toBe('unknown');
    expect(outcome(event(''))).toBe('success');
    expect(outcome(event(null))).toBe('success');
    expect(outcome(event({ status: 'Failure' }))).toBe('success');
    expect(outcome({ ...event('Success'), errorCode: 'AccessDenied' })).toBe('failure');
    expect(outcome({ ...event('Success'), errorMessage: 'Failed authentication' })).toBe('failure');
    expect(outcome({ ...event('Failure'), errorCode: '200' })).toBe('failure');
    expect(outcome({ ...event('Failure'), [other]: { [eventName]: 'Success' } })).toBe('failure');
    expect(outcome({ ...event('Success'), [other]: { [eventName]: 'Failure' } })).toBe('failure');
  });

  it.each([...SIGN_IN_SERVICES])('%s is such a service, in each partition', (service) => {
    for (const suffix of ['amazonaws.com', 'amazonaws.com.cn', 'amazonaws.eu']) {
      const eventSource = `${service}.${suffix}`;
      expect(outcome({ ...TIME, eventSource, eventName: 'E', serviceEventDetails: { E: 'Failure' } })).toBe('failure');
    }
  });

  it('only the member of its own name counts', () => {
    expect(outcome({ ...SIGN_IN, eventName: 'SwitchRole', responseElements: { ConsoleLogin: 'Failure' } })).toBe(
      'success',
    );
    expect(outcome({ ...SIGN_IN, eventName: 'SwitchRole', additionalEventData: { SwitchRole: 'Failure' } })).toBe(
      'success',
    );
    expect(outcome({ ...SIGN_IN, eventName: 'length', responseElements: ['Failure'] })).toBe('success');
    expect(outcome({ ...SIGN_IN, responseElements: { undefined: 'Failure' } })).toBe('success');
  });
});

describe('no other event fails because of a word', () => {
  it.each([
    ['s3.amazonaws.com', 'PutObject'],
    ['kms.amazonaws.com', 'RotateKey'],
    ['cognito-idp.amazonaws.com', 'SignUp'],
    ['signin.example.com', 'ConsoleLogin'],
    ['not-signin.amazonaws.com', 'ConsoleLogin'],
    ['ssosync.amazonaws.com', 'ConsoleLogin'],
  ])('%s %s', (eventSource, eventName) => {
    for (const holder of ['responseElements', 'serviceEventDetails', 'requestParameters', 'additionalEventData'])
      expect(outcome({ ...TIME, eventSource, eventName, [holder]: { [eventName]: 'Failure', x: 'Failure' } })).toBe(
        'success',
      );
  });
});

/** What all these records share. */
const WHOLE = {
  eventVersion: '1.09',
  awsRegion: 'eu-west-1',
  sourceIPAddress: '192.0.2.7',
  userAgent: 'aws-cli/2.15.0',
  requestParameters: null,
  responseElements: null,
  readOnly: true,
  managementEvent: true,
  recipientAccountId: '111122223333',
  eventCategory: 'Management',
};
const IDENTITY_CENTER_USER = {
  type: 'IdentityCenterUser',
  accountId: '111122223333',
  onBehalfOf: {
    userId: '90000000-0000-0000-0000-000000000000',
    identityStoreArn: 'arn:aws:identitystore::111122223333:identitystore/d-0000000000',
  },
  credentialId: 'c',
};

it.each([
  [
    'a password that IAM Identity Center refuses, as AWS delivers it',
    'failure',
    {
      ...SIGN_IN,
      eventName: 'CredentialVerification',
      eventType: 'AwsServiceEvent',
      userIdentity: IDENTITY_CENTER_USER,
      additionalEventData: { CredentialType: 'PASSWORD', UserName: 'dora' },
      serviceEventDetails: { CredentialVerification: 'Failure' },
    },
  ],
  [
    'the same of somebody whom it does not know',
    'failure',
    {
      ...SIGN_IN,
      eventName: 'CredentialVerification',
      eventType: 'AwsServiceEvent',
      userIdentity: { type: 'Unknown', accountId: '111122223333', userName: 'bob' },
      additionalEventData: { AuthWorkflowID: 'w', CredentialType: 'PASSWORD' },
      serviceEventDetails: { CredentialVerification: 'Failure' },
    },
  ],
  [
    'a role that cannot be switched to',
    'failure',
    {
      ...SIGN_IN,
      eventName: 'SwitchRole',
      eventType: 'AwsConsoleSignIn',
      userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/dora', userName: 'dora' },
      responseElements: { SwitchRole: 'Failure' },
    },
  ],
  [
    'a call whose error code is empty',
    'success',
    { ...TIME, eventSource: 'iam.amazonaws.com', eventName: 'GetUser', eventType: 'AwsApiCall', errorCode: '' },
  ],
])('%s is a %s', (_what, expected, record) => {
  expect(outcome({ ...WHOLE, ...record })).toBe(expected);
});

describe('an error code', () => {
  it.each([
    'AccessDenied',
    'Client.UnauthorizedOperation',
    '400',
    '403 Forbidden',
    '500',
    'HTTP/1.1 404 Not Found',
    500,
    4e2,
    '2000',
    '20',
  ])('%j is an error', (errorCode) => {
    expect(outcome({ ...API, errorCode })).toBe('failure');
    expect(outcome({ ...API, errorCode, errorMessage: '' })).toBe('failure');
    expect(row({ ...API, errorCode, errorMessage: 'No.' })['error.message']).toBe('No.');
  });

  it.each([
    '200',
    '204',
    '304',
    '399',
    ' 200 ',
    '200 OK',
    'HTTP 200',
    'HTTP/1.1 304 Not Modified',
    '301: moved',
    200,
    304,
    'OK',
    'Success',
    'NotModified',
  ])('%j says that there was none, whatever the message says', (errorCode) => {
    expect(outcome({ ...API, errorCode })).toBe('success');
    const withMessage = row({ ...API, errorCode, errorMessage: 'Not Modified' });
    expect(withMessage['event.outcome']).toBe('success');
    expect(withMessage['error.message']).toBeUndefined();
    expect(withMessage['aws.cloudtrail.error_message']).toBe('Not Modified');
  });

  it.each(['', ' ', '\t\n', '-', 'null', 'None', null, {}, []])(
    '%j says nothing, and the message decides',
    (errorCode) => {
      expect(outcome({ ...API, errorCode })).toBe('success');
      expect(outcome({ ...API, errorCode, errorMessage: 'Failed authentication' })).toBe('failure');
    },
  );

  it('is lower-case in the lists that it is compared with', () => {
    for (const word of [...MISSING_WORDS, ...NO_ERROR_WORDS])
      expect(classifyErrorCode(word.toUpperCase())).not.toBe('error');
  });

  it('is delivered all the same', () => {
    expect(row({ ...API, errorCode: '' })['aws.cloudtrail.error_code']).toBe('');
    expect(row({ ...API, errorCode: 200 })['aws.cloudtrail.unmapped']).toEqual({ errorCode: 200 });
  });
});

describe('an error message', () => {
  it.each(['', '  ', '\r\n', '-', 'null', 'NONE'])('%j is not one', (errorMessage) => {
    const known = row({ ...API, errorMessage });
    expect(known['event.outcome']).toBe('success');
    expect(known['error.message']).toBeUndefined();
    expect(known['aws.cloudtrail.error_message']).toBe(errorMessage);
  });

  it.each(['Failed authentication', ' x', 'Nonexistent', '----', '…'])('%j is one', (errorMessage) => {
    expect(row({ ...API, errorMessage })).toMatchObject({ 'event.outcome': 'failure', 'error.message': errorMessage });
  });
});

it('an Insight has the outcome unknown, whatever it is about', () => {
  const [insight] = checkFile(
    JSON.stringify({ Records: [{ ...SIGN_IN, eventName: 'SwitchRole', errorCode: 'AccessDenied' }] }),
    undefined,
    INSIGHTS_TABLE,
  );
  expect(insight['event.outcome']).toBe('unknown');
  expect(INSIGHTS_TABLE_COLUMNS.find(({ name }) => name === 'event.outcome')?.kind).toBe('derived');
});

it('the decoder and the oracle agree on every mixture', () => {
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const name = fc.constantFrom(
    'ConsoleLogin',
    'CreateGroup',
    'GetPolicy',
    'UserAuthentication',
    'GetObject',
    'Odd',
    '5',
    '__proto__',
  );
  const word = fc.constantFrom('Success', 'failure', ' FAILURE', 'Maybe', '', null, true, 0, {}, ['Failure']);
  const said = fc.oneof(fc.dictionary(name, word), word);
  const code = fc.constantFrom(
    '',
    ' ',
    '-',
    '200',
    '200 OK',
    '304',
    '404',
    200,
    2e300,
    500,
    'AccessDenied',
    'NotModified',
    null,
    {},
  );
  const event = fc.record({
    eventTime: fc.constant(TIME.eventTime),
    eventSource: maybe(
      fc.constantFrom(
        'signin.amazonaws.com',
        'sso.amazonaws.com',
        'iam.amazonaws.com',
        's3.amazonaws.com.cn',
        'xray.amazonaws.com',
        '',
        'x',
      ),
    ),
    eventName: maybe(fc.oneof(name, fc.constant(5))),
    errorCode: maybe(code),
    errorMessage: maybe(fc.oneof(code, fc.constant('Failed authentication'))),
    responseElements: maybe(fc.oneof(said, fc.constant({ group: { groupId: 'AGPA' } }))),
    serviceEventDetails: maybe(said),
    requestParameters: maybe(fc.record({ groupName: fc.constantFrom('admins', '', 7, null) })),
  });
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 20 }), (Records) => {
      for (const known of checkFile(JSON.stringify({ Records })))
        expect(['success', 'failure', 'unknown']).toContain(known['event.outcome']);
    }),
    { numRuns: 300 },
  );
});
