/** From a failed request to the error that decides what happens next, with what a person can do about it. Pure. */
import {
  CommitStateUnknown,
  Damaged,
  StorageAccessDenied,
  StorageUnavailable,
  TableUnusable,
  type TrailmillError,
  UserMistake,
} from '../../errors/index.js';
import { restoreCure } from '../damage.js';
import type { Way } from './authentication.js';
import { type Failure, isUnknownWarehouse, metadataFileIn, type Refusal, type Silence } from './failure.js';
import { CREDENTIAL_VARIABLE, TOKEN_VARIABLE } from './settings.js';

export type Operation =
  | 'read its configuration'
  | 'get a token'
  | 'load a table'
  | 'look up a namespace'
  | 'create a namespace'
  | 'create a table'
  | 'commit';

/** What the messages tell. No secrets. */
export interface Context {
  operation: Operation;
  /** The table or the namespace, where it is about one. */
  subject?: string;
  /** Where the request went, without its query. */
  address: string;
  /** The catalog's `description`. */
  catalog: string;
  warehouse?: string;
  way: Way;
  timeoutMs: number;
}

/** The error for a failure that is not an answer to the question itself (such as 404 to "load a table"). */
export function errorOf(failure: Failure, context: Context): TrailmillError {
  return failure.kind === 'refusal' ? refused(failure, context) : unanswered(failure, context);
}

/** The error for a success whose body is not what the protocol says. */
export function notTheProtocol(context: Context, contentType: string | undefined): TrailmillError {
  const said = `${where(context)} answered with ${contentType ?? 'something else'}, not with the JSON of the protocol.`;
  // Whatever stands in between, the catalog may have had the commit.
  if (context.operation === 'commit') return new CommitStateUnknown(said);
  return new UserMistake(
    said,
    'A proxy or a login page may stand in front of it; or catalog.uri is not the one of the API.',
  );
}

function where({ catalog, operation, subject }: Context): string {
  return `The ${catalog}, asked to ${operation}${subject === undefined ? '' : ` (${subject})`},`;
}

function unanswered({ kind, code, message }: Silence, context: Context): TrailmillError {
  const host = new URL(context.address).host;
  switch (kind) {
    case 'unreachable':
      return new StorageUnavailable(
        code === 'ENOTFOUND'
          ? `${where(context)} cannot be found: nobody knows the name ${host}.`
          : `${where(context)} cannot be reached: ${host} gives no connection (${code}).`,
        `See whether the server runs, and whether catalog.uri names the right host and port: ${context.address}`,
      );
    case 'untrusted':
      return /^ERR_SSL|^EPROTO$/.test(code)
        ? new UserMistake(
            `${where(context)} speaks no TLS: ${host} (${message}).`,
            'Write http:// in catalog.uri, if that is meant.',
          )
        : new UserMistake(
            `${where(context)} shows a certificate that is not trusted: ${host} (${code}: ${message}).`,
            'Set NODE_EXTRA_CA_CERTS to the file of the authority that issued it, or correct the host in catalog.uri.',
          );
    case 'lost':
      return silent(`${where(context)} went away: the connection to ${host} ended (${code || message}).`, context);
    case 'timeout':
      return silent(`${where(context)} gave no answer within ${context.timeoutMs / 1000} s.`, context);
  }
}

/** Sent, and nobody knows what came of it. */
function silent(message: string, { operation }: Context): TrailmillError {
  if (operation === 'commit') return new CommitStateUnknown(message);
  return new StorageUnavailable(message, 'Nothing, when the server comes back; else look at its log.');
}

function refused(refusal: Refusal, context: Context): TrailmillError {
  const { status } = refusal;
  const said = `${where(context)} said ${summaryOf(refusal)}`;
  if (status >= 300 && status < 400) {
    return new UserMistake(
      `${where(context)} sends us elsewhere: ${status}, to ${refusal.location ?? 'nowhere'}.`,
      'Set catalog.uri to the address that it names, if that is the catalog and not a login page.',
    );
  }
  // 419: "Credentials have timed out", an optional sibling of 401 (protocol, AuthenticationTimeoutResponse).
  if (status === 401 || status === 419) return new StorageAccessDenied(said, cureOf401(context));
  if (status === 403) return new StorageAccessDenied(said, cureOf403(refusal, context));
  if (status === 429) return new StorageUnavailable(said, 'Nothing: it is asked again later. Fewer runs at once help.');
  if (status === 405 || status === 406 || status === 501) {
    return new UserMistake(
      said,
      `This catalog does not let us ${context.operation}: use another one, or a newer server.`,
    );
  }
  const damaged = damageOf(refusal, said, context);
  if (damaged !== undefined) return damaged;
  if (status >= 500) return silent(said, context);
  return unwilling(refusal, said, context);
}

/**
 * A server that cannot read a table's metadata file itself says so with 404 or 500, and names it: Java's "Location does not
 * exist", "Failed to read file". Undefined for every other refusal.
 */
export function damageOf(
  refusal: Refusal,
  said: string,
  { operation }: Pick<Context, 'operation'>,
): Damaged | undefined {
  if (operation !== 'load a table' || (refusal.status !== 404 && refusal.status < 500)) return undefined;
  const words = `${refusal.type ?? ''} ${refusal.message}`;
  const path = metadataFileIn(refusal);
  if (path === undefined) return undefined;
  const how = /NotFound|not found|not exist|no such|missing/i.test(words) ? 'gone' : 'unreadable';
  if (how === 'unreadable' && !/pars|json|read|character|token/i.test(words.replaceAll(path, ''))) return undefined;
  return new Damaged({ path, how }, said, restoreCure(path, 'metadata file'));
}

/** The other 4xx: what was asked for makes no sense to this server. */
function unwilling({ status, type, json }: Refusal, said: string, context: Context): TrailmillError {
  const { operation, warehouse, address } = context;
  switch (operation) {
    case 'get a token':
      if (status === 404 || !json) {
        return new UserMistake(
          said,
          `There is no token endpoint at ${address}: set catalog.oauth2.server_uri to that of your identity provider.`,
        );
      }
      return new StorageAccessDenied(said, CURE_OF_CREDENTIAL);
    case 'read its configuration':
      if (!json) {
        return new UserMistake(
          said,
          `There is no Iceberg REST catalog at ${address}. The address of most ends in a path: /iceberg (AWS Glue, S3 Tables, Nessie), /api/catalog (Polaris), /catalog (Lakekeeper).`,
        );
      }
      return new UserMistake(said, cureOfWarehouse(warehouse));
    default:
      if (isUnknownWarehouse(type)) return new UserMistake(said, cureOfWarehouse(warehouse));
      if (!json)
        return new UserMistake(said, `There is no REST catalog at ${address}: look at catalog.uri and catalog.prefix.`);
      return new TableUnusable(said, 'What the server says; it knows its own rules for names, properties and places.');
  }
}

function cureOfWarehouse(warehouse: string | undefined): string {
  return warehouse === undefined
    ? 'Set catalog.warehouse: this server has several, or wants its one to be named.'
    : `Set catalog.warehouse to one that the server has; it does not take ${JSON.stringify(warehouse)}.`;
}

function summaryOf({ status, type, message }: Refusal): string {
  const words = [type, message].filter((one) => one !== undefined && one !== '').join(': ');
  const end = /[.!?…]$/.test(words) ? '' : '.';
  return words === '' ? `${status}.` : `${status}: ${words}${end}`;
}

const CURE_OF_CREDENTIAL = `Set ${CREDENTIAL_VARIABLE} to client-id:client-secret as the server gave them, in the environment of every worker; catalog.oauth2.scope has to be one that it knows.`;

function cureOf401({ operation, way }: Context): string {
  if (operation === 'get a token') return CURE_OF_CREDENTIAL;
  switch (way) {
    case 'none':
      return `The request said nothing of who we are. Set ${CREDENTIAL_VARIABLE} (client-id:client-secret) or ${TOKEN_VARIABLE} in the environment of every worker, or catalog.sigv4 for AWS.`;
    case 'token':
      return `It was asked with the token of ${TOKEN_VARIABLE}, which is wrong or has ended: set a new one and start the workers again, or ${CREDENTIAL_VARIABLE}, with which tokens are renewed.`;
    case 'oauth2':
      return `It was asked with a token got with ${CREDENTIAL_VARIABLE}, twice: look at scope, audience and server_uri of catalog.oauth2.`;
    case 'sigv4':
      return 'It was asked with a signature of AWS: it may want OAuth2 instead; then take catalog.sigv4 out.';
  }
}

/** What a refused one has to be given: for AWS Glue, S3 Tables, and in the words of other catalogs. */
const RIGHTS: Record<Operation, string> = {
  'read its configuration': 'the use of the warehouse (AWS Glue: glue:GetCatalog; S3 Tables: s3tables:GetTableBucket)',
  'get a token': 'the scope that catalog.oauth2.scope asks for',
  'load a table':
    'the reading of the table (AWS Glue: glue:GetTable; S3 Tables: s3tables:GetTableMetadataLocation, s3tables:GetTableData; Polaris: TABLE_READ_PROPERTIES)',
  'look up a namespace':
    'the reading of the namespace (AWS Glue: glue:GetDatabase; S3 Tables: s3tables:GetNamespace; Polaris: NAMESPACE_READ_PROPERTIES)',
  'create a namespace':
    'the creation of namespaces (AWS Glue: glue:CreateDatabase; S3 Tables: s3tables:CreateNamespace; Polaris: NAMESPACE_CREATE), or create it yourself',
  'create a table':
    'the creation of tables (AWS Glue: glue:CreateTable; S3 Tables: s3tables:CreateTable, s3tables:PutTableData; Polaris: TABLE_CREATE, TABLE_WRITE_DATA)',
  commit:
    'commits to the table (AWS Glue: glue:UpdateTable; S3 Tables: s3tables:UpdateTableMetadataLocation, s3tables:PutTableData; Polaris: TABLE_WRITE_PROPERTIES)',
};

function cureOf403({ message, type }: Refusal, { operation, way }: Context): string {
  if (way === 'sigv4') {
    const words = `${type ?? ''} ${message}`;
    if (/signature (expired|not yet current)|RequestExpired|RequestTimeTooSkewed/i.test(words))
      return "Set this machine's clock: AWS takes signatures of the last and the next few minutes only.";
    if (/scoped to (a valid|the correct)|does not match|InvalidSignature/i.test(words))
      return 'Look at catalog.sigv4: service (glue, s3tables or execute-api) and region; and the AWS secret key.';
    if (/security token|ExpiredToken|UnrecognizedClient|InvalidClientTokenId/i.test(words))
      return 'The AWS credentials of this process are wrong or have ended: AWS_PROFILE, AWS_ACCESS_KEY_ID, or `aws sso login`.';
  }
  if (way === 'none' && /Missing Authentication|MissingAuthenticationToken/i.test(`${type ?? ''} ${message}`))
    return 'It is a catalog of AWS: set catalog.sigv4.service to glue, s3tables or execute-api.';
  return `Whoever runs the worker needs ${RIGHTS[operation]}.`;
}
