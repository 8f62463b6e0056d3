/**
 * A thin client of the Iceberg REST protocol: one request with its time limit, its repetitions and its proof of who we are.
 * https://github.com/apache/iceberg/blob/main/open-api/rest-catalog-open-api.yaml
 *
 * Ours, because iceberg-js 1.0.0 declares Node 22, reads answers with `JSON.parse`, which rounds the 63-bit snapshot ids of
 * other writers, and cannot sign for AWS.
 */
import { backoff } from '../../storage/backoff.js';
import { abortableDelay, untilAborted } from '../../storage/cancellation.js';
import { parseJson } from '../json.js';
import { type Authentication, redactSecrets, type Unsigned } from './authentication.js';
import { errorOf, notTheProtocol, type Operation, type RequestContext } from './errors.js';
import { isTransient, noAnswerOf, type Refusal, type RequestFailure, refusalOf } from './failure.js';
import { queryOf } from './paths.js';

/** Time limits and retries of a client. */
export interface ClientOptions {
  /** Milliseconds for one request and its whole answer. */
  timeoutMs?: number;
  /** Of requests that may be repeated. */
  tries?: number;
  /** Milliseconds; for tests. */
  sleep?: (ms: number) => Promise<unknown>;
  /** Milliseconds since the epoch; for tests. */
  now?: () => number;
}

/** Milliseconds for one request and its whole answer, where nothing else is set. */
const TIMEOUT_MS = 60_000;
const TRIES = 5;
const WAITS = { firstMs: 200, maxMs: 5_000, leastShare: 0.5 };
/** Longer waits that a server asks for are left to the retry of the whole activity. */
const MAX_RETRY_AFTER_MS = 30_000;

/** What the client has to know of the catalog. */
export interface CatalogTarget {
  /** Without a slash at its end. */
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
  /** Below the uri. */
  path: string;
  query?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  /** JSON. */
  body?: string;
  /** Asked twice it does no harm, so it is asked again after an answer that never came. */
  repeatable: boolean;
}

/** The JSON of a success, without a lost digit; or a refusal that was expected. */
export type Answer = { json: Record<string, unknown> } | { refusal: Refusal };
/** Is this refusal an answer to the question? */
export type ExpectedRefusal = (refusal: Refusal) => boolean;

/** Options of one call. */
export interface CallOptions {
  /** Which refusals are returned; all others are thrown. */
  expected?: ExpectedRefusal;
  /** Ends the call, its waits and its token request. A server that has the request already may still carry it out. */
  signal?: AbortSignal;
}

/** Calls one catalog. */
export interface Client {
  /** Throws every failure that is not expected, as the error that says what to do; the signal's reason when it is aborted. */
  call(call: Call, options?: CallOptions): Promise<Answer>;
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
        // Servers may repeat what they were sent.
        const redact = (text: string): string =>
          redactSecrets(authentication.redact(text), Object.values(target.headers));
        const failure = readable(outcome.failure, { redact });
        if (failure.kind === 'refusal' && expected?.(failure)) return { refusal: failure };
        throw errorOf(failure, context);
      }
      const json = objectOf(outcome.text);
      if (json === undefined) throw notTheProtocol(context, outcome.contentType);
      return { json };
    },
  };
}

/** Sends a form (to a token server, which is not the catalog) and returns the body of the success. */
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

/** Repeats transient failures, after the time that the server asks for, or after growing waits. */
async function withRetries(
  { tries = TRIES, sleep = (ms) => abortableDelay(ms, signal) }: ClientOptions,
  repeatable: boolean,
  attempt: () => Promise<Outcome>,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  for (let done = 1; ; done++) {
    signal?.throwIfAborted();
    const outcome = await attempt();
    if (!('failure' in outcome) || done >= tries || !isTransient(outcome.failure, repeatable)) return outcome;
    const asked = outcome.failure.kind === 'refusal' ? outcome.failure.retryAfterMs : undefined;
    if (asked !== undefined && asked > MAX_RETRY_AFTER_MS) return outcome;
    await untilAborted(sleep(asked ?? backoff(done, WAITS)), signal);
  }
}

/** One request. When `caller` is aborted, it ends with the reason of that signal. */
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
    const answer = await fetch(url, {
      method,
      headers: { ...headers },
      body,
      // A redirect to a login page would come back as a success, and one to elsewhere would need another signature.
      redirect: 'manual',
      signal: stop.signal,
    });
    const text = await answer.text();
    if (answer.ok) return { text, contentType: answer.headers.get('content-type') ?? undefined };
    return { failure: refusalOf(answer.status, answer.headers, text, (options.now ?? Date.now)()) };
  } catch (error) {
    caller?.throwIfAborted();
    return { failure: noAnswerOf(error) };
  } finally {
    clearTimeout(timer);
    caller?.removeEventListener('abort', onAbort);
  }
}

function isUnauthorized(outcome: Outcome): boolean {
  if (!('failure' in outcome) || outcome.failure.kind !== 'refusal') return false;
  return outcome.failure.status === 401 || outcome.failure.status === 419;
}

function headersOf(target: CatalogTarget, call: Call): Record<string, string> {
  return lowerCased({
    accept: 'application/json',
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...target.headers,
    ...call.headers,
  });
}

/** Two spellings of one header would be sent, and signed, as two values. */
function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
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

/** The answers of the protocol are objects. An empty one (204) is an object without anything. */
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
