/**
 * A thin client for the Iceberg REST protocol: requests with timeout, retries and authentication.
 * https://github.com/apache/iceberg/blob/main/open-api/rest-catalog-open-api.yaml
 *
 * iceberg-js 1.0.0 is not used because it requires Node 22, parses responses with `JSON.parse`, which rounds the 63-bit
 * snapshot ids of other writers, and cannot sign requests for AWS.
 */
import { backoff } from '../../storage/backoff.js';
import { abortableDelay, untilAborted } from '../../storage/cancellation.js';
import { lowerCaseNames } from '../../storage/object-store.js';
import { parseJson } from '../json.js';
import { type Authentication, redactSecrets, type Unsigned } from './authentication.js';
import { errorOf, type Operation, protocolError, type RequestContext } from './errors.js';
import { type ErrorResponse, errorResponseOf, isTransient, noResponseOf, type RequestFailure } from './failure.js';
import { queryOf } from './paths.js';

/** Timeouts and retries of a client. */
export interface ClientOptions {
  /** Milliseconds for one request and its complete response. */
  timeoutMs?: number;
  /** Maximum number of attempts for requests that may be retried. */
  maxAttempts?: number;
  /** Milliseconds; for tests. */
  sleep?: (ms: number) => Promise<unknown>;
  /** Milliseconds since the epoch; for tests. */
  now?: () => number;
}

/** Default timeout for one request and its complete response. */
const TIMEOUT_MS = 60_000;
const MAX_ATTEMPTS = 5;
const BACKOFF = { firstMs: 200, maxMs: 5_000, minShare: 0.5 };
/** If a server asks for a longer wait, the request fails and the whole activity is retried. */
const MAX_RETRY_AFTER_MS = 30_000;

/** The catalog that a client sends requests to. */
export interface CatalogTarget {
  /** Without a trailing slash. */
  uri: string;
  description: string;
  warehouse?: string;
  authentication: Authentication;
  headers: Readonly<Record<string, string>>;
}

/** One call of the protocol. */
export interface Call {
  operation: Operation;
  subject?: string;
  method: 'GET' | 'POST';
  /** Relative to the catalog's URI. */
  path: string;
  query?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  /** JSON. */
  body?: string;
  /** Whether the request is idempotent, so that it can be sent again if there was no response. */
  repeatable: boolean;
}

/** The JSON of a successful response, with numbers in full precision; or an expected error response. */
export type CallResult = { json: Record<string, unknown> } | { errorResponse: ErrorResponse };
/** Whether the caller handles this error response. */
export type ExpectedErrorResponse = (errorResponse: ErrorResponse) => boolean;

/** Options of one call. */
export interface CallOptions {
  /** Which error responses are returned; all others are thrown. */
  expected?: ExpectedErrorResponse;
  /** Aborts the call, its retries and its token request. A server that already received the request may still execute it. */
  signal?: AbortSignal;
}

/** Sends calls to one catalog. */
export interface Client {
  /** Sends a call. Throws a TrailmillError for all unexpected failures, and the signal's reason if it is aborted. */
  call(call: Call, options?: CallOptions): Promise<CallResult>;
}

type Outcome = { text: string; contentType?: string } | { failure: RequestFailure; retryAfterMs?: number };

/** Creates a client; nothing is sent before the first call. */
export function createClient(target: CatalogTarget, options: ClientOptions = {}): Client {
  const { authentication } = target;

  return {
    async call(call, { expected, signal } = {}) {
      const url = new URL(`${target.uri}/${call.path}${queryOf(call.query ?? {})}`);
      const request: Unsigned = { method: call.method, url, headers: headersOf(target, call), body: call.body };
      const context = contextOf(target, call, url, options);
      let renewed = false;
      const once = async (headers: Record<string, string>): Promise<Outcome> =>
        sendOnce({ ...request, headers }, options, signal);
      const attempt = async (): Promise<Outcome> => {
        const signed = await authentication.sign(request, signal);
        const first = await once(signed);
        if (renewed || !isUnauthorized(first) || !authentication.renew(signed)) return first;
        renewed = true;
        return once(await authentication.sign(request, signal));
      };
      const outcome = await withRetries(options, call.repeatable, attempt, signal);
      if ('failure' in outcome) {
        // Error messages of servers may contain parts of the request.
        const redact = (text: string): string =>
          redactSecrets(authentication.redact(text), Object.values(target.headers));
        const failure = readable(outcome.failure, { redact });
        if (failure.kind === 'errorResponse' && expected?.(failure)) return { errorResponse: failure };
        throw errorOf(failure, context);
      }
      const json = objectOf(outcome.text);
      if (json === undefined) throw protocolError(context, outcome.contentType);
      return { json };
    },
  };
}

/**
 * Sends a form to a token endpoint, which may be another server than the catalog. Returns the body of the successful response.
 */
export async function postForm(
  { url, form }: { url: URL; form: string },
  context: Omit<RequestContext, 'address' | 'timeoutMs'>,
  redact: (text: string) => string,
  options: ClientOptions,
  signal?: AbortSignal,
): Promise<string> {
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
  const attempt = (): Promise<Outcome> => sendOnce({ method: 'POST', url, headers, body: form }, options, signal);
  const outcome = await withRetries(options, true, attempt, signal);
  if ('text' in outcome) return outcome.text;
  const address = `${url.origin}${url.pathname}`;
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  throw errorOf(readable(outcome.failure, { redact }), { ...context, address, timeoutMs });
}

/** Retries transient failures, after the time that the server asks for, or with exponential backoff. */
async function withRetries(
  { maxAttempts = MAX_ATTEMPTS, sleep = (ms) => abortableDelay(ms, signal) }: ClientOptions,
  repeatable: boolean,
  attempt: () => Promise<Outcome>,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  for (let done = 1; ; done++) {
    signal?.throwIfAborted();
    const outcome = await attempt();
    if (!('failure' in outcome) || done >= maxAttempts || !isTransient(outcome.failure, repeatable)) return outcome;
    const retryAfterMs = outcome.failure.kind === 'errorResponse' ? outcome.failure.retryAfterMs : undefined;
    if (retryAfterMs !== undefined && retryAfterMs > MAX_RETRY_AFTER_MS) return outcome;
    await untilAborted(sleep(retryAfterMs ?? backoff(done, BACKOFF)), signal);
  }
}

/** Sends one request. If `caller` is aborted, rejects with its reason. */
async function sendOnce(
  { method, url, headers, body }: Unsigned,
  options: ClientOptions,
  caller: AbortSignal | undefined,
): Promise<Outcome> {
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(caller?.reason);
  const timer = setTimeout(() => stop.abort(new DOMException('', 'TimeoutError')), options.timeoutMs ?? TIMEOUT_MS);
  caller?.addEventListener('abort', onAbort, { once: true });
  try {
    caller?.throwIfAborted();
    const response = await fetch(url, {
      method,
      headers: { ...headers },
      body,
      // A followed redirect to a login page would look like a success, and a redirect to another host would need a new signature.
      redirect: 'manual',
      signal: stop.signal,
    });
    const text = await response.text();
    if (response.ok) return { text, contentType: response.headers.get('content-type') ?? undefined };
    return { failure: errorResponseOf(response.status, response.headers, text, (options.now ?? Date.now)()) };
  } catch (error) {
    caller?.throwIfAborted();
    return { failure: noResponseOf(error) };
  } finally {
    clearTimeout(timer);
    caller?.removeEventListener('abort', onAbort);
  }
}

function isUnauthorized(outcome: Outcome): boolean {
  if (!('failure' in outcome) || outcome.failure.kind !== 'errorResponse') return false;
  return outcome.failure.status === 401 || outcome.failure.status === 419;
}

function headersOf(target: CatalogTarget, call: Call): Record<string, string> {
  // Two spellings of the same header would be sent, and signed, as two values.
  return lowerCaseNames({
    accept: 'application/json',
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...target.headers,
    ...call.headers,
  });
}

function contextOf(target: CatalogTarget, call: Call, url: URL, options: ClientOptions): RequestContext {
  return {
    operation: call.operation,
    subject: call.subject,
    address: `${url.origin}${url.pathname}`,
    catalog: target.description,
    warehouse: target.warehouse,
    authMethod: target.authentication.authMethod,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
  };
}

function readable(failure: RequestFailure, { redact }: Pick<Authentication, 'redact'>): RequestFailure {
  return { ...failure, message: redact(failure.message) };
}

/**
 * Parses a response, which must be a JSON object; an empty response (204) becomes `{}`. Returns `undefined` for anything else.
 */
function objectOf(text: string): Record<string, unknown> | undefined {
  if (text === '') return {};
  try {
    const json = parseJson(text);
    return typeof json === 'object' && json !== null && !Array.isArray(json)
      ? (json as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
