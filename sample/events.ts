/** CloudTrail records of management and data events, in the order of fields that CloudTrail itself writes. */
import { ACTIONS, type ApiAction, type ApiError, type EventContext } from './actions.js';
import { assumedRole, callerOf, iamUserOf, isoTime, type JsonObject, type JsonValue } from './identities.js';
import { type Account, BROWSERS, USER_AGENTS } from './principals.js';
import { HEX, type Random } from './random.js';

/** Where the services without regions deliver. */
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

/** One thing that happens: mostly one record, with a role assumed in another account two that share an id. */
export function eventsOf(scene: EventContext, accounts: readonly Account[]): SampleEvent[] {
  const { random, account, region } = scene;
  if (region === GLOBAL_REGION && random.chance(0.03)) return [{ account, record: consoleLogin(scene) }];
  if (random.chance(0.06)) return roleAssumed(scene, random.pick(accounts));
  const action = random.weighted(region === GLOBAL_REGION ? ACTIONS : REGIONAL);
  return [{ account, record: apiCall(scene, action) }];
}

function apiCall(scene: EventContext, action: ApiAction): JsonObject {
  const { random, account, time } = scene;
  const caller = callerOf(random, account, time);
  const error = action.errors !== undefined && random.chance(ERROR_RATE) ? random.pick(action.errors) : undefined;
  const byService = caller.type === 'AWSService';
  const host = `${action.eventSource.split('.')[0]}.${scene.region}.amazonaws.com`;
  const fromConsole = caller.type === 'AssumedRole' && random.chance(0.1);
  return record(scene, {
    caller,
    eventSource: action.eventSource,
    eventName: action.eventName,
    address: byService ? String(caller.invokedBy) : random.pick(account.addresses),
    userAgent: byService ? String(caller.invokedBy) : random.pick(USER_AGENTS),
    error,
    request: action.request(scene),
    response: error === undefined ? (action.response?.(scene) ?? null) : null,
    additional: action.additional?.(scene),
    apiVersion: action.apiVersion,
    readOnly: action.readOnly,
    resources: error === undefined ? action.resources?.(scene) : undefined,
    data: action.data === true,
    tlsHost: byService ? undefined : host,
    fromConsole,
  });
}

/** A sign-in, one of seven fails. A failed one has no ARN, and a user that does not exist is not named. */
function consoleLogin(scene: EventContext): JsonObject {
  const { random, account } = scene;
  const failed = random.chance(0.15);
  const user = iamUserOf(random, account);
  const { type, principalId, arn, accountId, userName } = user;
  const name = random.chance(0.3) ? 'HIDDEN_DUE_TO_SECURITY_REASONS' : userName;
  const caller: JsonObject = failed
    ? { type, accountId, accessKeyId: '', userName: name }
    : { type, principalId, arn, accountId, userName };
  const mfa = random.chance(0.6) ? 'Yes' : 'No';
  return record(scene, {
    caller,
    eventSource: 'signin.amazonaws.com',
    eventName: 'ConsoleLogin',
    address: random.pick(account.addresses),
    userAgent: random.pick(BROWSERS),
    // CloudTrail has no errorCode here: only the message, and the answer.
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
 * AssumeRole: in the caller's account, and when the role is another account's, there too. The second record has the same
 * sharedEventID and its own eventID: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
function roleAssumed(scene: EventContext, owner: Account): SampleEvent[] {
  const { random, account, time } = scene;
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
    tlsHost: `sts.${scene.region}.amazonaws.com`,
    fromConsole: false,
    sharedEventID,
  };
  const mine = { account, record: record(scene, { ...common, caller }) };
  // A refusal is seen in the caller's account only.
  if (owner.id === account.id || error !== undefined) return [mine];
  const { principalId, accountId } = caller;
  const theirs = record(
    { ...scene, account: owner },
    { ...common, caller: { type: 'AWSAccount', principalId, accountId } },
  );
  return [mine, { account: owner, record: theirs }];
}

interface Parts {
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

function record({ random, account, region, time }: EventContext, parts: Parts): JsonObject {
  const { version } = random.weighted(VERSIONS);
  const viaEndpoint = parts.tlsHost !== undefined && random.chance(0.04);
  const made: { [key: string]: JsonValue | undefined } = {
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
  for (const key of Object.keys(made)) if (made[key] === undefined) delete made[key];
  return made as JsonObject;
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
