/** The userIdentity element in the forms that CloudTrail delivers. */
import { type Account, sessionKey } from './principals.js';
import { HEX, type Random, UPPER } from './random.js';

/** Any JSON value. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** A JSON object. */
export type JsonObject = { [key: string]: JsonValue };

/** Formats a time (milliseconds since the epoch) as CloudTrail does: whole seconds, UTC. */
export function isoTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** The identity of an IAM user: for console sign-ins and changes in IAM. */
export function iamUserOf(random: Random, account: Account): JsonObject {
  const user = random.pick(account.users);
  return {
    type: 'IAMUser',
    principalId: user.id,
    arn: `arn:aws:iam::${account.id}:user/${user.name}`,
    accountId: account.id,
    accessKeyId: user.accessKeyId,
    userName: user.name,
  };
}

/** The identity of a session of one of the account's roles; `time` is the event's, milliseconds since the epoch. */
export function assumedRole(random: Random, account: Account, time: number): JsonObject {
  const role = random.pick(account.roles);
  const session = random.chance(0.5) ? random.pick(account.users).name : random.pick(account.instances);
  return {
    type: 'AssumedRole',
    principalId: `${role.id}:${session}`,
    arn: `arn:aws:sts::${account.id}:assumed-role/${role.name}/${session}`,
    accountId: account.id,
    accessKeyId: sessionKey(random),
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: role.id,
        arn: `arn:aws:iam::${account.id}:role/${role.name}`,
        accountId: account.id,
        userName: role.name,
      },
      webIdFederationData: {},
      attributes: {
        creationDate: isoTime(time - 1000 * (60 + random.int(3000))),
        mfaAuthenticated: random.chance(0.2) ? 'true' : 'false',
      },
    },
  };
}

/** Root sessions have an empty sessionIssuer. */
function root(_random: Random, account: Account, time: number): JsonObject {
  return {
    type: 'Root',
    principalId: account.id,
    arn: `arn:aws:iam::${account.id}:root`,
    accountId: account.id,
    sessionContext: {
      sessionIssuer: {},
      webIdFederationData: {},
      attributes: { creationDate: isoTime(time - 600_000), mfaAuthenticated: 'true' },
    },
  };
}

const SERVICES = [
  'cloudformation.amazonaws.com',
  'autoscaling.amazonaws.com',
  'config.amazonaws.com',
  'lambda.amazonaws.com',
];

function service(random: Random): JsonObject {
  return { type: 'AWSService', invokedBy: random.pick(SERVICES) };
}

function webIdentity(random: Random, account: Account): JsonObject {
  const provider = `arn:aws:iam::${account.id}:oidc-provider/token.actions.githubusercontent.com`;
  return {
    type: 'WebIdentityUser',
    principalId: `${provider}:sts.amazonaws.com:repo:acme/app:ref:refs/heads/main`,
    userName: `repo:acme/app-${random.int(4)}:ref:refs/heads/main`,
    identityProvider: provider,
  };
}

function identityCenter(random: Random, account: Account): JsonObject {
  return {
    type: 'IdentityCenterUser',
    accountId: account.id,
    onBehalfOf: {
      userId: random.uuid(),
      identityStoreArn: `arn:aws:identitystore::${account.id}:identitystore/d-${random.from(HEX, 10)}`,
    },
    credentialId: random.from(UPPER, 20),
  };
}

const IDENTITY_TYPES = [
  { weight: 30, make: iamUserOf },
  { weight: 45, make: assumedRole },
  { weight: 2, make: root },
  { weight: 18, make: service },
  { weight: 3, make: webIdentity },
  { weight: 2, make: identityCenter },
];

/** The identity of a random caller; `time` is the event's, milliseconds since the epoch. */
export function callerOf(random: Random, account: Account, time: number): JsonObject {
  return random.weighted(IDENTITY_TYPES).make(random, account, time);
}
