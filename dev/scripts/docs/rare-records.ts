/**
 * Records that the sample does not have because they are rare in real buckets, so that every column of the reference page has an
 * example that the decoder wrote. They follow AWS's documentation:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
import { FIRST_DAY } from '../../../sample/index.js';

/** The account of the rare records. */
export const ACCOUNT = '111122223333';
const ADMIN = {
  type: 'IAMUser',
  principalId: 'AIDAJ45Q7YFFAREXAMPLE',
  arn: `arn:aws:iam::${ACCOUNT}:user/Alice`,
  accountId: ACCOUNT,
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  userName: 'Alice',
};

/** `eventID` of a record with many values that do not fit into columns. */
export const UNMAPPED_EXAMPLE_ID = 'c1f6e0aa-0000-4000-8000-00000000beef';

let number = 0;
/** A record whose ids and time are derived from its number. */
function record(eventSource: string, eventName: string, more: object): object {
  const digits = String(++number).padStart(2, '0');
  return {
    eventVersion: '1.11',
    userIdentity: ADMIN,
    eventTime: `${FIRST_DAY}T12:${digits}:00Z`,
    eventSource,
    eventName,
    awsRegion: 'us-east-1',
    sourceIPAddress: '192.0.2.10',
    userAgent: 'aws-cli/2.15.0 Python/3.11.6 Linux/5.10 exe/x86_64 prompt/off command/iam.create-group',
    requestParameters: null,
    responseElements: null,
    requestID: `b7a4f3d2-0000-4000-8000-0000000000${digits}`,
    eventID: `c1f6e0aa-0000-4000-8000-0000000000${digits}`,
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: ACCOUNT,
    eventCategory: 'Management',
    ...more,
  };
}

const IAM = 'iam.amazonaws.com';
const CREATED = `${FIRST_DAY}T11:30:00Z`;

/** The rare records of trails. */
export const RARE_RECORDS: readonly object[] = [
  record(IAM, 'CreateGroup', {
    requestParameters: { groupName: 'Admins' },
    responseElements: { group: { groupName: 'Admins', groupId: 'AGPACKCEVSQ6C2EXAMPLE', path: '/' } },
  }),
  record(IAM, 'CreateUser', {
    requestParameters: { userName: 'Bob' },
    responseElements: { user: { userName: 'Bob', userId: 'AIDACKCEVSQ6C2EXAMPLE', path: '/' } },
  }),
  record(IAM, 'UpdateUser', { requestParameters: { userName: 'Bob', newUserName: 'Robert' } }),
  // IAM Identity Center, with all fields about the session and on whose behalf it acts.
  record('s3.amazonaws.com', 'GetObject', {
    userIdentity: {
      type: 'AssumedRole',
      principalId: 'AROAIDPPEZS35WEXAMPLE:carol',
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/Analyst/carol`,
      accountId: ACCOUNT,
      accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
      onBehalfOf: {
        userId: '544894e8-80c1-707f-60e3-3ba6510dfac1',
        identityStoreArn: `arn:aws:identitystore::${ACCOUNT}:identitystore/d-9067642ac7`,
      },
      inScopeOf: {
        sourceArn: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:report`,
        sourceAccount: ACCOUNT,
        issuerType: 'AWS::Lambda::Function',
        credentialsIssuedTo: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:report`,
      },
      invokedBy: 'athena.amazonaws.com',
      invokedByDelegate: { accountId: '444455556666' },
      credentialId: 'EXAMPLEVHULjJdTUdPJfofVa1sufHDoj7aYcOYcxFVllWR_Whr1fEXAMPLE',
      identityProvider: `arn:aws:iam::${ACCOUNT}:saml-provider/Corp`,
      sessionContext: {
        sessionIssuer: {
          type: 'Role',
          principalId: 'AROAIDPPEZS35WEXAMPLE',
          arn: `arn:aws:iam::${ACCOUNT}:role/Analyst`,
          accountId: ACCOUNT,
          userName: 'Analyst',
        },
        webIdFederationData: {
          federatedProvider: `arn:aws:iam::${ACCOUNT}:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE`,
          attributes: { 'oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE:sub': 'system:serviceaccount:reports:reader' },
        },
        attributes: { creationDate: CREATED, mfaAuthenticated: 'true' },
        sourceIdentity: 'carol@example.com',
        ec2RoleDelivery: '2.0',
        assumedRoot: 'false',
        signInSessionArn: `arn:aws:signin:us-east-1:${ACCOUNT}:session/EXAMPLE-9c2f`,
      },
    },
    requestParameters: { bucketName: 'reports', key: 'year/2024.csv' },
    readOnly: true,
    sharedEventID: 'd7a1e5c2-0000-4000-8000-000000000004',
    vpcEndpointId: 'vpce-0a1b2c3d4e5f67890',
    vpcEndpointAccountId: ACCOUNT,
    sessionCredentialFromConsole: 'true',
    resources: [{ ARN: 'arn:aws:s3:::reports/year/2024.csv', accountId: ACCOUNT, type: 'AWS::S3::Object' }],
    tlsDetails: {
      tlsVersion: 'TLSv1.3',
      cipherSuite: 'TLS_AES_128_GCM_SHA256',
      clientProvidedHostHeader: 'reports.s3.us-east-1.amazonaws.com',
      keyExchange: 'X25519MLKEM768',
    },
    eventContext: { requestContext: { 'aws:PrincipalTag/team': 'finance' }, tagContext: { resourceTags: [] } },
  }),
  record('kms.amazonaws.com', 'RotateKey', {
    userIdentity: { accountId: ACCOUNT, invokedBy: 'AWS Internal' },
    eventType: 'AwsServiceEvent',
    sourceIPAddress: 'AWS Internal',
    userAgent: 'AWS Internal',
    serviceEventDetails: { keyId: '1234abcd-12ab-34cd-56ef-1234567890ab', keyOrigin: 'AWS_KMS' },
  }),
  record('s3-outposts.amazonaws.com', 'PutObject', {
    edgeDeviceDetails: { deviceID: 'op-01ac5d28a6a232904', jobID: null },
  }),
  record('sts.amazonaws.com', 'AssumeRole', {
    addendum: {
      reason: 'UPDATED_DATA',
      updatedFields: 'responseElements, sourceIPAddress',
      originalRequestID: 'b7a4f3d2-0000-4000-8000-000000000099',
      originalEventID: 'c1f6e0aa-0000-4000-8000-000000000099',
    },
  }),
  record('lambda.amazonaws.com', 'UpdateFunctionCode20150331v2', {
    requestParameters: { functionName: 'report' },
    responseElements: { functionName: 'report', codeSha256: 'wJalrXUtnFEMI/K7MDENGbPxRfiCYEXAMPLEKEY0aa4=' },
  }),
  record('signin.amazonaws.com', 'ConsoleLogin', {
    eventType: 'AwsConsoleSignIn',
    userAgent:
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.3 Mobile/15E148 Safari/604.1',
    responseElements: { ConsoleLogin: 'Success' },
    additionalEventData: {
      LoginTo: 'https://console.aws.amazon.com/console/home',
      MobileVersion: 'Yes',
      MFAUsed: 'Yes',
    },
  }),
  // An aggregated event: a count of many events, with a time window instead of a time.
  {
    eventVersion: '1.0',
    eventId: 'c1f6e0aa-0000-4000-8000-0000000000a9',
    accountId: ACCOUNT,
    awsRegion: 'us-east-1',
    eventType: 'AwsAggregatedEvent',
    eventCategory: 'Aggregated',
    timeWindow: { windowStart: `${FIRST_DAY}T12:00:00Z`, windowEnd: `${FIRST_DAY}T12:05:00Z`, windowSize: 'PT5M' },
    summary: { primaryDimension: { dimension: 'eventName', statistics: [{ name: 'GetObject', value: 1250 }] } },
  },
  // With a field that AWS may add in the future, and a number where AWS writes a string.
  record('s3.amazonaws.com', 'GetBucketLocation', {
    eventID: UNMAPPED_EXAMPLE_ID,
    requestParameters: { bucketName: 'reports' },
    apiVersion: 20060301,
    fieldOfTomorrow: { level: 3, words: [] },
  }),
  // Truncated by its service in the middle of a character: SQL engines cannot read such JSON.
  record('s3.amazonaws.com', 'PutObjectTagging', {
    requestParameters: { bucketName: 'reports', note: 'cut \ud83d' },
  }),
  // A sign-in of IAM Identity Center: https://docs.aws.amazon.com/singlesignon/latest/userguide/understanding-sign-in-events.html
  record('signin.amazonaws.com', 'UserAuthentication', {
    eventType: 'AwsServiceEvent',
    userIdentity: {
      type: 'IdentityCenterUser',
      accountId: ACCOUNT,
      onBehalfOf: {
        userId: '544894e8-80c1-707f-60e3-3ba6510dfac1',
        identityStoreArn: `arn:aws:identitystore::${ACCOUNT}:identitystore/d-9067642ac7`,
      },
      credentialId: 'EXAMPLE-5f1c',
    },
    additionalEventData: { UserName: 'carol@example.com', CredentialType: 'PASSWORD' },
    serviceEventDetails: { UserAuthentication: 'Success' },
  }),
  // Rejected, because its day is unknown.
  record('ec2.amazonaws.com', 'RunInstances', { eventTime: undefined }),
];

/** An Insight about data events, with all fields in AWS's documentation. */
export const RARE_INSIGHT: object = {
  eventVersion: '1.09',
  eventTime: `${FIRST_DAY}T12:08:00Z`,
  awsRegion: 'us-east-1',
  eventID: 'c1f6e0aa-0000-4000-8000-0000000000b1',
  eventType: 'AwsCloudTrailInsight',
  recipientAccountId: ACCOUNT,
  sharedEventID: 'd7a1e5c2-0000-4000-8000-0000000000b2',
  insightDetails: {
    state: 'Start',
    eventSource: 's3.amazonaws.com',
    eventName: 'GetObject',
    insightType: 'ApiErrorRateInsight',
    errorCode: 'AccessDenied',
    sourceEventCategory: 'Data',
    insightSource: 'eventSource',
    insightContext: {
      statistics: { baseline: { average: 0.2 }, insight: { average: 14 }, insightDuration: 1, baselineDuration: 10080 },
      attributions: [
        { attribute: 'userIdentityArn', insight: [{ value: ADMIN.arn, average: 14 }], baseline: [] },
        { attribute: 'errorCode', insight: [{ value: 'AccessDenied', average: 14 }], baseline: [] },
      ],
    },
  },
  eventCategory: 'Insight',
};
