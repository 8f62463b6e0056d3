/**
 * OAuth2 client credentials (RFC 6749, section 4.4): exchanges an id and a secret for a token, and renews it before it expires.
 */
import { parseJson } from '../json.js';
import { AUTHORIZATION, type Authentication, redactSecrets } from './authentication.js';
import type { OAuth2Settings } from './settings.js';
import { type SharedRequest, shareRequest } from './shared-request.js';

/** Tokens are renewed this many milliseconds before they expire, or after nine tenths of their lifetime if it is short. */
const RENEW_BEFORE_MS = 60_000;
const DEFAULT_SCOPE = 'catalog';

/** A request for a token. */
export interface TokenRequest {
  url: URL;
  form: string;
}

/** Options of {@link oauth2}. */
export interface OAuth2Options {
  /** The catalog's own token endpoint; used if no other is configured. */
  defaultUri: string;
  settings: OAuth2Settings;
  /** `client-id:client-secret`, or a secret alone. */
  credential: string;
  /** Sends the form and returns the body of the 200 response; throws a TrailmillError. */
  post(request: TokenRequest, signal: AbortSignal): Promise<string>;
  /** The error to throw if a 200 response does not contain a token. */
  unusable(): Error;
  now(): number;
}

interface Token {
  value: string;
  /** Milliseconds since the epoch. */
  renewAt: number;
}

/** A request for a token, and the token once it was received. */
interface PendingToken {
  response: SharedRequest<Token>;
  token?: Token;
}

/** Requests a token when the first request needs one. Concurrent requests wait for the same token. */
export function oauth2(options: OAuth2Options): Authentication {
  const { credential, settings, now } = options;
  const request = { url: new URL(settings.serverUri ?? options.defaultUri), form: formOf(credential, settings) };
  let current: PendingToken | undefined;
  /** The last two tokens, for redaction: a request may still be in flight with the previous one. */
  const recent: string[] = [];

  const requestToken = (): PendingToken => {
    const startedAt = now();
    const send = async (signal: AbortSignal): Promise<Token> => {
      try {
        const token = tokenOf(await options.post(request, signal), startedAt);
        if (token === undefined) throw options.unusable();
        pending.token = token;
        recent.unshift(token.value);
        recent.length = Math.min(recent.length, 2);
        return token;
      } catch (error) {
        // Waiting requests get the error; the next request tries again.
        if (current === pending) current = undefined;
        throw error;
      }
    };
    const pending: PendingToken = { response: shareRequest(send) };
    current = pending;
    return pending;
  };
  const usable = (): PendingToken | undefined => (current?.response.isAbandoned ? undefined : current);

  return {
    authMethod: 'oauth2',
    async sign({ headers }, signal) {
      const pending = usable() ?? requestToken();
      let token = await pending.response.wait(signal);
      if (now() >= token.renewAt) {
        // If several requests find the same token expired, only one requests a new one.
        if (current === pending) requestToken();
        token = await (usable() ?? requestToken()).response.wait(signal);
      }
      return { ...headers, [AUTHORIZATION]: `Bearer ${token.value}` };
    },
    renew(rejected) {
      // If another request has renewed the token in the meantime, or is doing so, the new token is used.
      const { token } = current ?? {};
      if (token !== undefined && rejected[AUTHORIZATION] === `Bearer ${token.value}`) current = undefined;
      return true;
    },
    redact: (text) => redactSecrets(text, [...secretsOf(credential), ...recent]),
  };
}

function secretsOf(credential: string): string[] {
  const at = credential.indexOf(':');
  return [credential, credential.slice(at + 1)];
}

function formOf(credential: string, { scope, audience, resource }: OAuth2Settings): string {
  const at = credential.indexOf(':');
  return new URLSearchParams({
    grant_type: 'client_credentials',
    ...(at < 0 ? {} : { client_id: credential.slice(0, at) }),
    client_secret: credential.slice(at + 1),
    scope: scope ?? DEFAULT_SCOPE,
    ...(audience === undefined ? {} : { audience }),
    ...(resource === undefined ? {} : { resource }),
  }).toString();
}

function tokenOf(body: string, requestedAt: number): Token | undefined {
  let json: Record<string, unknown> | null;
  try {
    json = parseJson(body) as Record<string, unknown> | null;
  } catch {
    return undefined;
  }
  const value = json?.access_token;
  if (typeof value !== 'string' || value === '') return undefined;
  const lifetime = Number(json?.expires_in) * 1000;
  // Without `expires_in`, the token is used until the server returns a 401.
  if (!Number.isFinite(lifetime)) return { value, renewAt: Number.POSITIVE_INFINITY };
  return { value, renewAt: requestedAt + lifetime - Math.min(RENEW_BEFORE_MS, lifetime / 10) };
}
