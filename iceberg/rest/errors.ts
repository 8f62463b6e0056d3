/** Maps failed requests to errors with a cure. Pure. */
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
import type { AuthMethod } from './authentication.js';
import {
  type ErrorResponse,
  isUnknownWarehouse,
  metadataFileIn,
  type NoResponse,
  type RequestFailure,
} from './failure.js';
import { CREDENTIAL_VARIABLE, TOKEN_VARIABLE } from './settings.js';

/** The operations of the protocol, as named in messages. */
export type Operation =
  | 'read the configuration'
  | 'get a token'
  | 'load a table'
  | 'look up a namespace'
  | 'create a namespace'
  | 'create a table'
  | 'commit';

/** The details of a request for messages. Contains no secrets. */
export interface RequestContext {
  operation: Operation;
  /** The affected table or namespace, if any. */
  subject?: string;
  /** The URL of the request, without its query. */
  address: string;
  /** The catalog's `description`. */
  catalog: string;
  warehouse?: string;
  authMethod: AuthMethod;
  timeoutMs: number;
}

/** The error for a failed request, unless the caller expects the failure (such as 404 for "load a table"). */
export function errorOf(failure: RequestFailure, context: RequestContext): TrailmillError {
  return failure.kind === 'errorResponse' ? errorResponseError(failure, context) : noResponseError(failure, context);
}

/** The error for a successful response whose body does not conform to the protocol. */
export function protocolError(context: RequestContext, contentType: string | undefined): TrailmillError {
  const message = `${where(context)} returned ${contentType ?? 'an unknown content type'} instead of the JSON of the protocol.`;
  // The response may come from a proxy after the catalog received the commit.
  if (context.operation === 'commit') return new CommitStateUnknown(message);
  return new UserMistake(
    message,
    'The response may come from a proxy or a login page; or catalog.uri is not the URI of the API.',
  );
}

function where({ catalog, operation, subject }: RequestContext): string {
  return `${capitalized(operation)}${subject === undefined ? '' : ` (${subject})`}: the ${catalog}`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function noResponseError({ kind, code, message }: NoResponse, context: RequestContext): TrailmillError {
  const host = new URL(context.address).host;
  switch (kind) {
    case 'unreachable':
      return new StorageUnavailable(
        code === 'ENOTFOUND'
          ? `${where(context)} was not found: the host name ${host} cannot be resolved.`
          : `${where(context)} cannot be reached: cannot connect to ${host} (${code}).`,
        `Check that the server is running, and that catalog.uri has the right host and port: ${context.address}`,
      );
    case 'untrusted':
      return /^ERR_SSL|^EPROTO$/.test(code)
        ? new UserMistake(
            `${where(context)} does not speak TLS: ${host} (${message}).`,
            'Use http:// in catalog.uri, if that is intended.',
          )
        : new UserMistake(
            `${where(context)} has a certificate that is not trusted: ${host} (${code}: ${message}).`,
            'Set NODE_EXTRA_CA_CERTS to the file with its CA certificate, or correct the host in catalog.uri.',
          );
    case 'lost':
      return unknownOutcome(
        `${where(context)} did not respond: the connection to ${host} was closed (${code || message}).`,
        context,
      );
    case 'timeout':
      return unknownOutcome(`${where(context)} did not respond within ${context.timeoutMs / 1000} s.`, context);
  }
}

/** The request was sent, and its outcome is unknown. */
function unknownOutcome(message: string, { operation }: RequestContext): TrailmillError {
  if (operation === 'commit') return new CommitStateUnknown(message);
  return new StorageUnavailable(message, 'No action is needed if the server recovers; otherwise check its log.');
}

function errorResponseError(errorResponse: ErrorResponse, context: RequestContext): TrailmillError {
  const { status } = errorResponse;
  const message = `${where(context)} returned ${summaryOf(errorResponse)}`;
  if (status >= 300 && status < 400) {
    return new UserMistake(
      `${where(context)} returned a redirect: ${status}, to ${errorResponse.location ?? 'no location'}.`,
      'Set catalog.uri to the address in the redirect, if that is the catalog and not a login page.',
    );
  }
  // 419: "Credentials have timed out", an optional sibling of 401 (protocol, AuthenticationTimeoutResponse).
  if (status === 401 || status === 419) return new StorageAccessDenied(message, cureOf401(context));
  if (status === 403) return new StorageAccessDenied(message, cureOf403(errorResponse, context));
  if (status === 429)
    return new StorageUnavailable(
      message,
      'No action is needed: the request is retried later. Fewer concurrent runs help.',
    );
  if (status === 405 || status === 406 || status === 501) {
    return new UserMistake(
      message,
      `This catalog does not support the operation "${context.operation}": use another catalog, or a newer server.`,
    );
  }
  const damaged = damageOf(errorResponse, message, context);
  if (damaged !== undefined) return damaged;
  if (status >= 500) return unknownOutcome(message, context);
  return clientError(errorResponse, message, context);
}

/**
 * A server that cannot read a table's metadata file returns 404 or 500 and names the file: "Location does not exist", "Failed
 * to read file" (Java). Returns `undefined` for all other error responses.
 */
export function damageOf(
  errorResponse: ErrorResponse,
  message: string,
  { operation }: Pick<RequestContext, 'operation'>,
): Damaged | undefined {
  if (operation !== 'load a table' || (errorResponse.status !== 404 && errorResponse.status < 500)) return undefined;
  const words = `${errorResponse.type ?? ''} ${errorResponse.message}`;
  const path = metadataFileIn(errorResponse);
  if (path === undefined) return undefined;
  const how = /NotFound|not found|not exist|no such|missing/i.test(words) ? 'gone' : 'unreadable';
  if (how === 'unreadable' && !/pars|json|read|character|token/i.test(words.replaceAll(path, ''))) return undefined;
  return new Damaged({ path, how }, message, restoreCure(path, 'metadata file'));
}

/** The other 4xx responses: the server does not accept the request. */
function clientError({ status, type, json }: ErrorResponse, message: string, context: RequestContext): TrailmillError {
  const { operation, warehouse, address } = context;
  switch (operation) {
    case 'get a token':
      if (status === 404 || !json) {
        return new UserMistake(
          message,
          `${address} is not a token endpoint: set catalog.oauth2.server_uri to that of your identity provider.`,
        );
      }
      return new StorageAccessDenied(message, CURE_OF_CREDENTIAL);
    case 'read the configuration':
      if (!json) {
        return new UserMistake(
          message,
          `${address} is not an Iceberg REST catalog. Most catalog URIs end with a path: /iceberg (AWS Glue, S3 Tables, Nessie), /api/catalog (Polaris), /catalog (Lakekeeper).`,
        );
      }
      return new UserMistake(message, cureOfWarehouse(warehouse));
    default:
      if (isUnknownWarehouse(type)) return new UserMistake(message, cureOfWarehouse(warehouse));
      if (!json)
        return new UserMistake(message, `${address} is not a REST catalog: check catalog.uri and catalog.prefix.`);
      return new TableUnusable(
        message,
        'Follow the message of the server, which has its own rules for names, properties and locations.',
      );
  }
}

function cureOfWarehouse(warehouse: string | undefined): string {
  return warehouse === undefined
    ? 'Set catalog.warehouse: this server has several warehouses, or requires its name.'
    : `Set catalog.warehouse to a warehouse of the server; it does not accept ${JSON.stringify(warehouse)}.`;
}

function summaryOf({ status, type, message }: ErrorResponse): string {
  const words = [type, message].filter((one) => one !== undefined && one !== '').join(': ');
  const end = /[.!?…]$/.test(words) ? '' : '.';
  return words === '' ? `${status}.` : `${status}: ${words}${end}`;
}

const CURE_OF_CREDENTIAL = `Set ${CREDENTIAL_VARIABLE} to the client-id:client-secret issued by the server, in the environment of every worker; catalog.oauth2.scope must be a scope that the server knows.`;

function cureOf401({ operation, authMethod }: RequestContext): string {
  if (operation === 'get a token') return CURE_OF_CREDENTIAL;
  switch (authMethod) {
    case 'none':
      return `The request had no authentication. Set ${CREDENTIAL_VARIABLE} (client-id:client-secret) or ${TOKEN_VARIABLE} in the environment of every worker, or catalog.sigv4 for AWS.`;
    case 'token':
      return `The token in ${TOKEN_VARIABLE} is invalid or has expired: set a new one and restart the workers, or set ${CREDENTIAL_VARIABLE}, so that tokens are renewed.`;
    case 'oauth2':
      return `The server rejected two tokens obtained with ${CREDENTIAL_VARIABLE}: check scope, audience and server_uri in catalog.oauth2.`;
    case 'sigv4':
      return 'The request had an AWS signature: the server may require OAuth2 instead; if so, remove catalog.sigv4.';
  }
}

/** The permission required for each operation, for AWS Glue, S3 Tables and other catalogs. */
const PERMISSIONS: Record<Operation, string> = {
  'read the configuration':
    'permission to use the warehouse (AWS Glue: glue:GetCatalog; S3 Tables: s3tables:GetTableBucket)',
  'get a token': 'the scope in catalog.oauth2.scope',
  'load a table':
    'permission to read the table (AWS Glue: glue:GetTable; S3 Tables: s3tables:GetTableMetadataLocation, s3tables:GetTableData; Polaris: TABLE_READ_PROPERTIES)',
  'look up a namespace':
    'permission to read the namespace (AWS Glue: glue:GetDatabase; S3 Tables: s3tables:GetNamespace; Polaris: NAMESPACE_READ_PROPERTIES)',
  'create a namespace':
    'permission to create namespaces (AWS Glue: glue:CreateDatabase; S3 Tables: s3tables:CreateNamespace; Polaris: NAMESPACE_CREATE), or create it yourself',
  'create a table':
    'permission to create tables (AWS Glue: glue:CreateTable; S3 Tables: s3tables:CreateTable, s3tables:PutTableData; Polaris: TABLE_CREATE, TABLE_WRITE_DATA)',
  commit:
    'permission to commit to the table (AWS Glue: glue:UpdateTable; S3 Tables: s3tables:UpdateTableMetadataLocation, s3tables:PutTableData; Polaris: TABLE_WRITE_PROPERTIES)',
};

function cureOf403({ message, type }: ErrorResponse, { operation, authMethod }: RequestContext): string {
  if (authMethod === 'sigv4') {
    const words = `${type ?? ''} ${message}`;
    if (/signature (expired|not yet current)|RequestExpired|RequestTimeTooSkewed/i.test(words))
      return "Set this machine's clock: AWS only accepts signatures within a few minutes of the current time.";
    if (/scoped to (a valid|the correct)|does not match|InvalidSignature/i.test(words))
      return 'Check service (glue, s3tables or execute-api) and region in catalog.sigv4, and the AWS secret key.';
    if (/security token|ExpiredToken|UnrecognizedClient|InvalidClientTokenId/i.test(words))
      return 'The AWS credentials of this process are invalid or have expired: check AWS_PROFILE, AWS_ACCESS_KEY_ID, or `aws sso login`.';
  }
  if (authMethod === 'none' && /Missing Authentication|MissingAuthenticationToken/i.test(`${type ?? ''} ${message}`))
    return 'It is an AWS catalog: set catalog.sigv4.service to glue, s3tables or execute-api.';
  return `The identity that runs the worker needs ${PERMISSIONS[operation]}.`;
}
