/**
 * Who made a request: user.id, user.name, user.email and the session name. Members of userIdentity by type:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
import type { AnyColumn } from '../../columnar/nested.js';
import type { StringColumn } from '../../columnar/string-column.js';
import { Text } from '../../columnar/words.js';
import { ByteCache } from './byte-cache.js';
import { appendText, type Computed, copyText, isText, startsWith } from './derivation.js';
import { hasValue, isValue, isValueText } from './known-value.js';

const TYPE = 'aws.cloudtrail.user_identity.type';
const ARN = 'aws.cloudtrail.user_identity.arn';
const PRINCIPAL_ID = 'aws.cloudtrail.user_identity.principal_id';
const SESSION_NAME = 'aws.cloudtrail.user_identity.session_name';
const ISSUER = 'aws.cloudtrail.user_identity.session_context.session_issuer';

const ROOT = new Text('Root');
const ROOT_NAME = new Text('root');
const IDENTITY_CENTER_USER = new Text('IdentityCenterUser');
const UNKNOWN = new Text('Unknown');
const ASSUMED_ROLE = new Text('AssumedRole');
const FEDERATED_USER = new Text('FederatedUser');
/**
 * Prefix of role ids. A role of another account is a principal of the type `AWSAccount`, so the type does not identify it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
 */
const ROLE_ID = new Text('AROA');
/** Prefix of the roles that IAM Identity Center creates; their sessions are named after its users. */
const IDENTITY_CENTER_ROLE = new Text('AWSReservedSSO_');
/**
 * principalId of a request without credentials (Amazon Cognito). A user may have this name, so it is not a placeholder
 * elsewhere.
 */
const ANONYMOUS = new Text('Anonymous');

/** The names in a principal's ARN. */
interface ArnNames {
  /** Name of the user, the role or the federated user. */
  name?: Text;
  session?: Text;
}

/** Partition, region and account may be anything: `aws-cn`, `aws-us-gov`, `aws-eusc`, `aws-iso`. */
const PRINCIPAL_ARN = /^arn:[^:]*:(?:iam|sts):[^:]*:[^:]*:(user|role|assumed-role|federated-user)\/(.+)$/;

/**
 * Parses the names in a principal's ARN: `user/PATH/NAME`, `role/PATH/NAME`, `assumed-role/ROLE/SESSION`, `federated-user/NAME`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
 */
export function namesInArn(arn: string): ArnNames {
  const [, kind, path] = PRINCIPAL_ARN.exec(arn.trim()) ?? [];
  if (path === undefined) return {};
  const parts = path.split('/');
  const last = named(parts[parts.length - 1]);
  if (kind === 'federated-user') return { name: last, session: last };
  if (kind !== 'assumed-role' || parts.length === 1) return { name: last };
  return { name: named(parts[parts.length - 2]), session: last };
}

function named(text: string): Text | undefined {
  return isValueText(text) ? new Text(text) : undefined;
}

const ARNS = new ByteCache(namesInArn);

function arnNames(column: AnyColumn, row: number): ArnNames | undefined {
  if (!column.has(row)) return undefined;
  const { words, offsets } = column as StringColumn;
  return ARNS.get(words, offsets[row], offsets[row + 1]);
}

/** Until July 2025, sign-in events of IAM Identity Center had the type `Unknown` and the account as principalId. */
const isOfIdentityCenter = (type: AnyColumn, row: number): boolean =>
  isText(type, row, IDENTITY_CENTER_USER) || isText(type, row, UNKNOWN);

/** user.id. */
export const userId: Computed = {
  inputs: [TYPE, PRINCIPAL_ID, 'aws.cloudtrail.user_identity.on_behalf_of.user_id'],
  run([type, principalId, userOfStore], out, row) {
    const hasPrincipal = hasValue(principalId, row) && !isText(principalId, row, ANONYMOUS);
    const hasUser = hasValue(userOfStore, row);
    if (hasUser && (!hasPrincipal || isOfIdentityCenter(type, row))) copyText(userOfStore, out, row);
    else if (hasPrincipal) copyText(principalId, out, row);
  },
};

/** user.name. */
export const userName: Computed = {
  inputs: [
    TYPE,
    `${ISSUER}.user_name`,
    'aws.cloudtrail.user_identity.user_name',
    'additionalEventData.UserName',
    ARN,
    `${ISSUER}.arn`,
    'aws.cloudtrail.user_identity.credential_id',
  ],
  run([type, issuer, own, signIn, arn, issuerArn, credential], out, row) {
    if (isText(type, row, ROOT)) appendText(out, ROOT_NAME, row);
    else if (isText(type, row, IDENTITY_CENTER_USER) && hasValue(signIn, row)) copyText(signIn, out, row);
    else if (hasValue(issuer, row)) copyText(issuer, out, row);
    else if (hasValue(own, row)) copyText(own, out, row);
    else if (hasValue(signIn, row) && (isText(type, row, UNKNOWN) || !hasValue(type, row))) copyText(signIn, out, row);
    else {
      const inArn = arnNames(arn, row)?.name ?? arnNames(issuerArn, row)?.name;
      if (inArn !== undefined) appendText(out, inArn, row);
      // API calls with a bearer token do not name the user: the credential is the closest thing to a name.
      else if (isText(type, row, IDENTITY_CENTER_USER) && hasValue(credential, row)) copyText(credential, out, row);
    }
  },
};

/** Whether the principal is a session of a role or of a federated user. */
function isSessionPrincipal(type: AnyColumn, principalId: AnyColumn, row: number): boolean {
  return startsWith(principalId, row, ROLE_ID) || isText(type, row, ASSUMED_ROLE) || isText(type, row, FEDERATED_USER);
}

/** aws.cloudtrail.user_identity.session_name. */
export const sessionName: Computed = {
  inputs: [TYPE, ARN, PRINCIPAL_ID],
  run([type, arn, principalId], out, row) {
    const isSession = isSessionPrincipal(type, principalId, row);
    // Other ARNs are parsed only if they belong to STS, which most do not.
    const session = isSession || isOfSts(arn, row) ? arnNames(arn, row)?.session : undefined;
    if (session !== undefined) appendText(out, session, row);
    else if (isSession && principalId.has(row)) copyAfterColon(principalId as StringColumn, out, row);
  },
};

/** Whether the service in the ARN begins with an s: a cheap check for `sts`. */
function isOfSts(arn: AnyColumn, row: number): boolean {
  if (!arn.has(row)) return false;
  const { data, offsets } = arn as StringColumn;
  const to = offsets[row + 1];
  let colons = 0;
  for (let i = offsets[row]; i < to; i++) {
    if (data[i] !== 58) continue;
    if (++colons === 2) return data[i + 1] === 115;
  }
  return false;
}

function copyAfterColon({ data, offsets }: StringColumn, out: AnyColumn, row: number): void {
  const to = offsets[row + 1];
  let from = offsets[row];
  while (from < to && data[from] !== 58) from++;
  // Without a colon there is no session.
  if (from < to && isValue(data, from + 1, to)) (out as StringColumn).append(data, from + 1, to, row);
}

/** user.email. */
export const userEmail: Computed = {
  inputs: ['user.name', SESSION_NAME],
  run([name, session], out, row) {
    if (isEmail(name, row)) copyText(name, out, row);
    else if (startsWith(name, row, IDENTITY_CENTER_ROLE) && isEmail(session, row)) copyText(session, out, row);
  },
};

/** Whether the text has the form `LOCAL@DOMAIN`, with one `@`, a dot within the domain, and no whitespace. */
function isEmail(column: AnyColumn, row: number): boolean {
  if (!column.has(row)) return false;
  const { data, offsets } = column as StringColumn;
  const from = offsets[row];
  const to = offsets[row + 1];
  let at = -1;
  let dot = -1;
  for (let i = from; i < to; i++) {
    const byte = data[i];
    if (byte <= 32) return false;
    if (byte === 64) {
      if (at >= 0) return false;
      at = i;
    } else if (byte === 46 && at >= 0) {
      if (i === at + 1) return false;
      dot = i;
    }
  }
  return at > from && dot > at && dot < to - 1;
}
