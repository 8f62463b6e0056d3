/** Failures of requests as plain data: an error response, or no response. Pure. */
import { parseJson } from '../json.js';

/** An error response. */
export interface ErrorResponse {
  kind: 'errorResponse';
  status: number;
  /** The protocol's error type, such as `NoSuchTableException`. */
  type?: string;
  /** The server's message, on one line; may be empty. */
  message: string;
  /** Whether the body was JSON. If not, the response may not come from a catalog. */
  json: boolean;
  contentType?: string;
  /** The target of a redirect. */
  location?: string;
  /** The wait that the server asks for, in milliseconds. */
  retryAfterMs?: number;
}

/**
 * No response. `unreachable`: the request was never sent; `untrusted`: it was never sent because of a TLS error; `lost`: the
 * connection was closed; `timeout`: no response in time. After the last two, it is unknown whether the server executed the
 * request.
 */
export interface NoResponse {
  kind: 'unreachable' | 'untrusted' | 'lost' | 'timeout';
  /** Node's error code, such as `ECONNREFUSED`. */
  code: string;
  message: string;
}

/** Why a request has no result. */
export type RequestFailure = ErrorResponse | NoResponse;

/** Maximum number of characters of a server's message to show: some servers send whole stack traces. */
const MAX_MESSAGE = 500;

/**
 * Parses an error response, in any of the formats of servers and the proxies in front of them. `now`: milliseconds since the
 * epoch.
 */
export function errorResponseOf(status: number, headers: Headers, body: string, now: number): ErrorResponse {
  const json = jsonOf(body);
  const response = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : undefined;
  // The protocol: {"error": {"message", "type", "code"}}. OAuth2: {"error": "…", "error_description": "…"}.
  const error =
    typeof response?.error === 'object' && response.error !== null
      ? (response.error as Record<string, unknown>)
      : response;
  const type = textOf(error?.type, response?.error, error?.__type) ?? headers.get('x-amzn-errortype')?.split(':')[0];
  const message =
    textOf(error?.message, response?.error_description, response?.message, response?.Message) ?? plain(body, response);
  const retryAfterMs = retryAfter(headers.get('retry-after'), now);
  return {
    kind: 'errorResponse',
    status,
    ...(type === undefined ? {} : { type }),
    message: oneLine(message),
    json: response !== undefined,
    contentType: headers.get('content-type') ?? undefined,
    location: headers.get('location') ?? undefined,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** Codes of Node and undici for connections that were never established: nothing was sent. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
/** OpenSSL's certificate error codes, and `EPROTO` for a server that does not speak TLS. */
const TLS = /^(ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|DEPTH_ZERO_SELF_SIGNED_CERT$|SELF_SIGNED_CERT_|UNABLE_TO_(VERIFY|GET)_)/;

/**
 * Classifies the error of a rejected `fetch`, which wraps the reason as the cause of `TypeError: fetch failed`. Checks
 * properties, not classes, because Node's bundled undici may use another `Error` class than this module.
 */
export function noResponseOf(error: unknown): NoResponse {
  const thrown = error as ErrorLike;
  if (thrown.name === 'TimeoutError' || thrown.name === 'AbortError')
    return { kind: 'timeout', code: 'ETIMEDOUT', message: 'no response in time' };
  const { code = '', message } = (thrown.cause ?? thrown) as ErrorLike;
  const details = { code, message: oneLine(message ?? String(error)) };
  if (TLS.test(code)) return { kind: 'untrusted', ...details };
  return { kind: NEVER_SENT.has(code) ? 'unreachable' : 'lost', ...details };
}

interface ErrorLike {
  name?: string;
  code?: string;
  message?: string;
  cause?: unknown;
}

/** Whether the table or namespace does not exist. A 404 for an HTML page or an unknown warehouse says nothing about tables. */
export function isAbsent({ status, json, type }: ErrorResponse): boolean {
  return status === 404 && json && !isUnknownWarehouse(type);
}

/** The path of a metadata file in the server's message: the server knows the table, but cannot read it. */
export function metadataFileIn({ message }: Pick<ErrorResponse, 'message'>): string | undefined {
  return /[^\s"'(]*\/[^\s"'()]*\.metadata\.json(?:\.gz)?/.exec(message)?.[0];
}

/** Whether the name already exists: another client was first. */
export function isTaken({ status }: ErrorResponse): boolean {
  return status === 409;
}

/**
 * Whether the error is about the location. AWS Glue: "Location information cannot be null while creating an iceberg table"; S3
 * Tables rejects a location.
 */
export function wantsLocation({ status, message }: ErrorResponse): boolean {
  return status === 400 && /\blocation\b/i.test(message);
}

/**
 * Whether the commit was rejected because the table has changed. Java servers before Iceberg 1.11 return 400 if only the sequence
 * number is taken, which can be due to a commit to another branch that does not affect the requirements.
 */
export function isConflict(errorResponse: ErrorResponse): boolean {
  const { status, message } = errorResponse;
  return (
    status === 409 || isAbsent(errorResponse) || (status === 400 && /older than last sequence number/i.test(message))
  );
}

/** Whether it is the error type of a server that does not know the warehouse, catalog or project of a request. */
export function isUnknownWarehouse(type: string | undefined): boolean {
  return /warehouse|catalog|project/i.test(type ?? '');
}

/** Whether a request can be retried. `repeatable`: even if the server may have executed it. */
export function isTransient(failure: RequestFailure, repeatable: boolean): boolean {
  if (failure.kind === 'unreachable') return true;
  if (failure.kind === 'untrusted') return false;
  // 429: the server did not execute the request (RFC 6585).
  if (failure.kind === 'errorResponse' && failure.status === 429) return true;
  if (!repeatable) return false;
  return failure.kind !== 'errorResponse' || (failure.status >= 500 && failure.status !== 501);
}

function retryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

function jsonOf(body: string): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

function textOf(...candidates: unknown[]): string | undefined {
  return candidates.find((one): one is string => typeof one === 'string' && one !== '');
}

/** A body that is plain text; HTML and XML are not useful in a message. */
function plain(body: string, json: unknown): string {
  return json !== undefined || /^\s*</.test(body) ? '' : body;
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > MAX_MESSAGE ? `${line.slice(0, MAX_MESSAGE)}…` : line;
}
