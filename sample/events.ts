/** CloudTrail records of management and data events, with fields in the same order as in CloudTrail's files. */
import { ACTIONS, type ApiAction, type ApiError, type EventContext } from './actions.js';
import { assumedRole, callerOf, iamUserOf, isoTime, type JsonObject, type JsonValue } from './identities.js';
import { type Account, BROWSERS, USER_AGENTS } from './principals.js';
import { HEX, type Random } from './random.js';

/** The region in which global services deliver. */
const GLOBAL_REGION = 'us-east-1';

/** A record and the account that it is delivered to. */
interface SampleEvent {
  account: Account;
  record: JsonObject;
}

const ERROR_RATE = 0.08;
const VERSIONS = [
  { weight: 55, version: '1.08' },
  { weight: 20, version: '1.09' },
  { weight: 15, version: '1.10' },
  { weight: 10, version: '1.11' },
];
const REGIONAL = ACTIONS.filter((action) => action.global !== true);

/** Creates one event: mostly one record; for a role assumed in another account, two that share an id. */
export function eventsOf(context: EventContext, accounts: readonly Account[]): SampleEvent[] {
  const { random, account, region } = context;
  if (region === GLOBAL_REGION && random.chance(0.03)) return [{ account, record: consoleLogin(context) }];
  if (random.chance(0.06)) return roleAssumed(context, random.pick(accounts));
  const action = random.weighted(region === GLOBAL_REGION ? ACTIONS : REGIONAL);
  return [{ account, record: apiCall(context, action) }];
}

function apiCall(context: EventContext, action: ApiAction): JsonObject {
  const { random, account, time } = context;
  const caller = callerOf(random, account, time);
  const error = action.errors !== undefined && random.chance(ERROR_RATE) ? random.pick(action.errors) : undefined;
  const byService = caller.type === 'AWSService';
  const host = `${action.eventSource.split('.')[0]}.${context.region}.amazonaws.com`;
  const fromConsole = caller.type === 'AssumedRole' && random.chance(0.1);
  return record(context, {
    caller,
    eventSource: action.eventSource,
    eventName: action.eventName,
    address: byService ? String(caller.invokedBy) : random.pick(account.addresses),
    userAgent: byService ? String(caller.invokedBy) : random.pick(USER_AGENTS),
    error,
    request: action.request(context),
    response: error === undefined ? (action.response?.(context) ?? null) : null,
    additional: action.additional?.(context),
    apiVersion: action.apiVersion,
    readOnly: action.readOnly,
    resources: error === undefined ? action.resources?.(context) : undefined,
    data: action.data === true,
    tlsHost: byService ? undefined : host,
    fromConsole,
  });
}

/** A console sign-in; one in seven fails. A failed sign-in has no ARN, and the name of an unknown user is hidden. */
function consoleLogin(context: EventContext): JsonObject {
  const { random, account } = context;
  const failed = random.chance(0.15);
  const user = iamUserOf(random, account);
  const { type, principalId, arn, accountId, userName } = user;
  const name = random.chance(0.3) ? 'HIDDEN_DUE_TO_SECURITY_REASONS' : userName;
  const caller: JsonObject = failed
    ? { type, accountId, accessKeyId: '', userName: name }
    : { type, principalId, arn, accountId, userName };
  const mfa = random.chance(0.6) ? 'Yes' : 'No';
  return record(context, {
    caller,
    eventSource: 'signin.amazonaws.com',
    eventName: 'ConsoleLogin',
    address: random.pick(account.addresses),
    userAgent: random.pick(BROWSERS),
    // CloudTrail has no errorCode here, only the message and the response.
    message: failed ? 'Failed authentication' : undefined,
    request: null,
    response: { ConsoleLogin: failed ? 'Failure' : 'Success' },
    additional: {
      LoginTo: 'https://console.aws.amazon.com/console/home?state=hashArgs%23',
      MobileVersion: 'No',
      MFAUsed: mfa,
    },
    readOnly: false,
    data: false,
    eventType: 'AwsConsoleSignIn',
    tlsHost: 'signin.aws.amazon.com',
    fromConsole: false,
  });
}

/**
 * AssumeRole: recorded in the caller's account, and in the role's account if that is a different one. The second record has
 * the same sharedEventID but its own eventID: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
function roleAssumed(context: EventContext, owner: Account): SampleEvent[] {
  const { random, account, time } = context;
  const role = random.pick(owner.roles);
  const session = `s-${random.from(HEX, 8)}`;
  const arn = `arn:aws:sts::${owner.id}:assumed-role/${role.name}/${session}`;
  const sharedEventID = random.uuid();
  const error: ApiError | undefined = random.chance(ERROR_RATE)
    ? { code: 'AccessDenied', message: `User is not authorized to perform: sts:AssumeRole on resource: ${role.name}` }
    : undefined;
  const caller = random.chance(0.5) ? iamUserOf(random, account) : assumedRole(random, account, time);
  const common = {
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRole',
    address: random.pick(account.addresses),
    userAgent: random.pick(USER_AGENTS),
    error,
    request: { roleArn: `arn:aws:iam::${owner.id}:role/${role.name}`, roleSessionName: session, durationSeconds: 3600 },
    response:
      error === undefined
        ? {
            credentials: {
              accessKeyId: `ASIA${random.from(HEX, 16).toUpperCase()}`,
              expiration: isoTime(time + 3_600_000),
            },
            assumedRoleUser: { assumedRoleId: `${role.id}:${session}`, arn },
          }
        : null,
    readOnly: true,
    resources: [{ accountId: owner.id, type: 'AWS::IAM::Role', ARN: `arn:aws:iam::${owner.id}:role/${role.name}` }],
    data: false,
    tlsHost: `sts.${context.region}.amazonaws.com`,
    fromConsole: false,
    sharedEventID,
  };
  const callerEvent = { account, record: record(context, { ...common, caller }) };
  // A denied call is only recorded in the caller's account.
  if (owner.id === account.id || error !== undefined) return [callerEvent];
  const { principalId, accountId } = caller;
  const ownerRecord = record(
    { ...context, account: owner },
    { ...common, caller: { type: 'AWSAccount', principalId, accountId } },
  );
  return [callerEvent, { account: owner, record: ownerRecord }];
}

/** The values that differ between records. */
interface RecordParts {
  caller: JsonObject;
  eventSource: string;
  eventName: string;
  address: string;
  userAgent: string;
  error?: ApiError;
  message?: string;
  request: JsonValue;
  response: JsonValue;
  additional?: JsonValue;
  apiVersion?: string;
  readOnly: boolean;
  resources?: JsonValue;
  data: boolean;
  eventType?: string;
  tlsHost?: string;
  fromConsole: boolean;
  sharedEventID?: string;
}

function record({ random, account, region, time }: EventContext, parts: RecordParts): JsonObject {
  const { version } = random.weighted(VERSIONS);
  const viaEndpoint = parts.tlsHost !== undefined && random.chance(0.04);
  const members: { [key: string]: JsonValue | undefined } = {
    eventVersion: version,
    userIdentity: parts.caller,
    eventTime: isoTime(time),
    eventSource: parts.eventSource,
    eventName: parts.eventName,
    awsRegion: region,
    sourceIPAddress: parts.address,
    userAgent: parts.userAgent,
    errorCode: parts.error?.code,
    errorMessage: parts.error?.message ?? parts.message,
    requestParameters: parts.request,
    responseElements: parts.response,
    additionalEventData: parts.additional,
    requestID: random.uuid(),
    eventID: random.uuid(),
    readOnly: parts.readOnly,
    resources: parts.resources,
    eventType: parts.eventType ?? 'AwsApiCall',
    apiVersion: parts.apiVersion,
    managementEvent: !parts.data,
    recipientAccountId: account.id,
    sharedEventID: parts.sharedEventID,
    vpcEndpointId: viaEndpoint ? `vpce-0${random.from(HEX, 16)}` : undefined,
    vpcEndpointAccountId: viaEndpoint && version !== '1.08' ? account.id : undefined,
    eventCategory: parts.data ? 'Data' : 'Management',
    tlsDetails: parts.tlsHost === undefined ? undefined : tlsOf(random, version, parts.tlsHost),
    sessionCredentialFromConsole: parts.fromConsole ? 'true' : undefined,
  };
  for (const key of Object.keys(members)) if (members[key] === undefined) delete members[key];
  return members as JsonObject;
}

function tlsOf(random: Random, version: string, host: string): JsonObject {
  const modern = random.chance(0.8);
  return {
    tlsVersion: modern ? 'TLSv1.3' : 'TLSv1.2',
    cipherSuite: modern ? 'TLS_AES_128_GCM_SHA256' : 'ECDHE-RSA-AES128-GCM-SHA256',
    clientProvidedHostHeader: host,
    ...(version === '1.11' ? { keyExchange: modern ? 'x25519' : 'secp256r1' } : {}),
  };
}
