/** Records of CloudTrail as AWS delivers them, for the cases of saved queries. All are of March 2024. */
import type { CloudTrailRecord } from '../query-warehouse';

type Json = Record<string, unknown>;

export const ACCOUNT = '111122223333';
export const OTHER = '444455556666';

/** A saved query, records, and the rows that it has to answer. */
export interface SavedCase {
  query: string;
  /** What it is about, if there are several for a query. */
  about?: string;
  /** Values of parameters, as on the command line. */
  parameters?: Record<string, string>;
  /** Days; the month is given otherwise. */
  from?: string;
  to?: string;
  /** The n-th has the event id `eN`, unless it has one. */
  records: CloudTrailRecord[];
  /** The rows in order; of each the columns that are named. */
  rows: Json[];
}

/** What an event differs in from others. */
export interface Event {
  who?: Json;
  request?: unknown;
  response?: unknown;
  error?: string;
  message?: string;
  ip?: string;
  region?: string;
  account?: string;
  agent?: string;
  more?: Json;
}

/** A user of IAM with a long-term key. */
export const user = (name: string, more: Json = {}): Json => ({
  type: 'IAMUser',
  principalId: `AIDA${name.toUpperCase()}`,
  arn: `arn:aws:iam::${ACCOUNT}:user/${name}`,
  accountId: ACCOUNT,
  accessKeyId: `AKIA${name.toUpperCase()}`,
  userName: name,
  ...more,
});

/** A session of a role. */
export const role = (name: string, session: string, account = ACCOUNT, context: Json = {}): Json => ({
  type: 'AssumedRole',
  principalId: `AROA${name.toUpperCase()}:${session}`,
  arn: `arn:aws:sts::${account}:assumed-role/${name}/${session}`,
  accountId: account,
  accessKeyId: `ASIA${name.toUpperCase()}`,
  sessionContext: {
    sessionIssuer: {
      type: 'Role',
      principalId: `AROA${name.toUpperCase()}`,
      arn: `arn:aws:iam::${account}:role/${name}`,
      accountId: account,
      userName: name,
    },
    attributes: { mfaAuthenticated: 'false', creationDate: '2024-03-05T07:00:00Z' },
    ...context,
  },
});

export const roleArn = (name: string, account = ACCOUNT): string => `arn:aws:iam::${account}:role/${name}`;
export const userArn = (name: string): string => `arn:aws:iam::${ACCOUNT}:user/${name}`;

export const root = (more: Json = {}): Json => ({
  type: 'Root',
  principalId: ACCOUNT,
  arn: `arn:aws:iam::${ACCOUNT}:root`,
  accountId: ACCOUNT,
  ...more,
});

export const service = (name: string): Json => ({ type: 'AWSService', invokedBy: name });

/** `when`: `05 12:00` is 12:00 UTC of March 5th; `source`: without `.amazonaws.com`. */
export function event(when: string, source: string, name: string, of: Event = {}): CloudTrailRecord {
  const [day, time] = when.split(' ');
  const { who = user('alice'), request = null, response = null, error, message, ip = '192.0.2.10' } = of;
  return {
    eventVersion: '1.09',
    userIdentity: who,
    eventTime: `2024-03-${day}T${time}:00Z`,
    eventSource: `${source}.amazonaws.com`,
    eventName: name,
    awsRegion: of.region ?? 'us-east-1',
    sourceIPAddress: ip,
    userAgent: of.agent ?? 'aws-cli/2.15.30 Python/3.11.8',
    ...(error === undefined ? {} : { errorCode: error, errorMessage: message ?? 'not authorized' }),
    requestParameters: request,
    responseElements: response,
    readOnly: /^(Get|List|Describe|Head)/.test(name),
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: of.account ?? ACCOUNT,
    eventCategory: 'Management',
    ...of.more,
  };
}

/** A sign-in to the console: `mfa` is CloudTrail's `MFAUsed`. */
export function login(
  when: string,
  result: 'Success' | 'Failure',
  mfa: 'Yes' | 'No',
  of: Event = {},
): CloudTrailRecord {
  const { who = user('alice', { accessKeyId: '' }) } = of;
  return event(when, 'signin', 'ConsoleLogin', {
    ...of,
    who,
    response: { ConsoleLogin: result },
    agent: 'Mozilla/5.0',
    more: {
      eventType: 'AwsConsoleSignIn',
      additionalEventData: { LoginTo: 'https://console.aws.amazon.com/', MobileVersion: 'No', MFAUsed: mfa },
      ...(result === 'Failure' ? { errorMessage: 'Failed authentication' } : {}),
      ...of.more,
    },
  });
}

/** How a time is shown, as `rows` have it. */
export const time = (when: string): string => `2024-03-${when.replace(' ', 'T')}:00Z`;
