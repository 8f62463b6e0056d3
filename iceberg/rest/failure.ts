/** What can go wrong with a request, as plain data: what came back, or that nothing did. Pure. */
import { parseJson } from '../json.js';

/** An answer that is not what was asked for. */
export interface Refusal {
  kind: 'refusal';
  status: number;
  /** The protocol's error type, such as `NoSuchTableException`. */
  type?: string;
  /** What the server says, in one line; may be empty. */
  message: string;
  /** The body was JSON. Otherwise something else than a catalog may have answered. */
  json: boolean;
  contentType?: string;
  /** Where a redirect leads to. */
  location?: string;
  /** What the server asks us to wait. */
  retryAfterMs?: number;
}

/**
 * No answer. `unreachable`: the request was never sent; `untrusted`: the same, because of the certificate; `lost`: the
 * connection went away; `timeout`: nothing in time. After the last two nobody knows what the server did.
 */
export interface Silence {
  kind: 'unreachable' | 'untrusted' | 'lost' | 'timeout';
  /** Of Node, such as `ECONNREFUSED`. */
  code: string;
  message: string;
}

export type Failure = Refusal | Silence;

/** Characters of a server's message that are shown: some send whole stack traces. */
const MAX_MESSAGE = 500;

/** What an answer that was not a success says. Servers and the proxies before them have several forms of error. */
export function refusalOf(status: number, headers: Headers, body: string, now: number): Refusal {
  const json = jsonOf(body);
  const said = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : undefined;
  // The protocol: {"error": {"message", "type", "code"}}. OAuth2: {"error": "…", "error_description": "…"}.
  const error = typeof said?.error === 'object' && said.error !== null ? (said.error as Record<string, unknown>) : said;
  const type = textOf(error?.type, said?.error, error?.__type) ?? headers.get('x-amzn-errortype')?.split(':')[0];
  const message = textOf(error?.message, said?.error_description, said?.message, said?.Message) ?? plain(body, said);
  const retryAfterMs = retryAfter(headers.get('retry-after'), now);
  return {
    kind: 'refusal',
    status,
    ...(type === undefined ? {} : { type }),
    message: oneLine(message),
    json: said !== undefined,
    contentType: headers.get('content-type') ?? undefined,
    location: headers.get('location') ?? undefined,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** Codes of Node and undici for connections that never came about: nothing was sent. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
/** OpenSSL's words for certificates, and `EPROTO` for a server that speaks no TLS at all. */
const TLS = /^(ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|DEPTH_ZERO_SELF_SIGNED_CERT$|SELF_SIGNED_CERT_|UNABLE_TO_(VERIFY|GET)_)/;

/**
 * What a rejected `fetch` means. It wraps the reason: `TypeError: fetch failed`, with the reason as its cause. By its
 * properties, not its class: undici is Node's own copy, and may have another `Error` than this module.
 */
export function silenceOf(error: unknown): Silence {
  const thrown = error as ErrorLike;
  if (thrown.name === 'TimeoutError' || thrown.name === 'AbortError')
    return { kind: 'timeout', code: 'ETIMEDOUT', message: 'no answer in time' };
  const { code = '', message } = (thrown.cause ?? thrown) as ErrorLike;
  const told = { code, message: oneLine(message ?? String(error)) };
  if (TLS.test(code)) return { kind: 'untrusted', ...told };
  return { kind: NEVER_SENT.has(code) ? 'unreachable' : 'lost', ...told };
}

interface ErrorLike {
  name?: string;
  code?: string;
  message?: string;
  cause?: unknown;
}

/** There is no such table or namespace. A page, or an unknown warehouse, says nothing about tables. */
export function isAbsent({ status, json, type }: Refusal): boolean {
  return status === 404 && json && !isUnknownWarehouse(type);
}

/** A metadata file that the server names: it knows the table, and cannot read it. */
export function metadataFileIn({ message }: Pick<Refusal, 'message'>): string | undefined {
  return /[^\s"'(]*\/[^\s"'()]*\.metadata\.json(?:\.gz)?/.exec(message)?.[0];
}

/** Somebody was first: the name exists. */
export function isTaken({ status }: Refusal): boolean {
  return status === 409;
}

/** AWS Glue: "Location information cannot be null while creating an iceberg table"; S3 Tables refuses one. */
export function wantsLocation({ status, message }: Refusal): boolean {
  return status === 400 && /\blocation\b/i.test(message);
}

/**
 * The commit did not happen, because the table is not what it was. Java's servers before Iceberg 1.11 say 400 when only the
 * sequence number is taken, which a commit to another branch does without touching what we require.
 */
export function isConflict(refusal: Refusal): boolean {
  const { status, message } = refusal;
  return status === 409 || isAbsent(refusal) || (status === 400 && /older than last sequence number/i.test(message));
}

/** Error types of servers that do not know the warehouse, the catalog or the project of a request. */
export function isUnknownWarehouse(type: string | undefined): boolean {
  return /warehouse|catalog|project/i.test(type ?? '');
}

/** Is it worth asking again in a moment? `sent`: also where the server may have done what it was asked for. */
export function isTransient(failure: Failure, sent: boolean): boolean {
  if (failure.kind === 'unreachable') return true;
  if (failure.kind === 'untrusted') return false;
  // 429: the server did not begin with it (RFC 6585).
  if (failure.kind === 'refusal' && failure.status === 429) return true;
  if (!sent) return false;
  return failure.kind !== 'refusal' || (failure.status >= 500 && failure.status !== 501);
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

/** Pages of markup say nothing in one line. */
function plain(body: string, json: unknown): string {
  return json !== undefined || /^\s*</.test(body) ? '' : body;
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > MAX_MESSAGE ? `${line.slice(0, MAX_MESSAGE)}…` : line;
}
