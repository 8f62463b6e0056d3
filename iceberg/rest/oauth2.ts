/** OAuth2 client credentials (RFC 6749, 4.4): an id and a secret for a token, and for another one before it ends. */
import { parseJson } from '../json.js';
import { AUTHORIZATION, type Authentication, redactSecrets } from './authentication.js';
import type { OAuth2Settings } from './settings.js';
import { type SharedRequest, shareRequest } from './shared-request.js';

/** A token is asked for again this long before it ends, milliseconds; for short ones a tenth of their life. */
const RENEW_BEFORE_MS = 60_000;
const DEFAULT_SCOPE = 'catalog';

/** A request for a token. */
export interface TokenRequest {
  url: URL;
  form: string;
}

/** Options of {@link oauth2}. */
export interface OAuth2Options {
  /** The catalog's own endpoint, where no other is set. */
  defaultUri: string;
  settings: OAuth2Settings;
  /** `client-id:client-secret`, or a secret alone. */
  credential: string;
  /** Sends the form and returns the body of the 200; throws what to tell the user. */
  post(request: TokenRequest, signal: AbortSignal): Promise<string>;
  /** What to throw when the 200 holds no token. */
  unusable(): Error;
  now(): number;
}

interface Token {
  value: string;
  /** Milliseconds since the epoch. */
  renewAt: number;
}

/** A request for a token, and the token once it is there. */
interface Asked {
  answer: SharedRequest<Token>;
  token?: Token;
}

/** Asks for a token when the first request needs one. Requests that come meanwhile wait for the same one. */
export function oauth2(options: OAuth2Options): Authentication {
  const { credential, settings, now } = options;
  const request = { url: new URL(settings.serverUri ?? options.defaultUri), form: formOf(credential, settings) };
  let current: Asked | undefined;
  /** Also the token before the last one: a request may still be under way with it. */
  const seen: string[] = [];

  const fresh = (): Asked => {
    const began = now();
    const ask = async (signal: AbortSignal): Promise<Token> => {
      try {
        const token = tokenOf(await options.post(request, signal), began);
        if (token === undefined) throw options.unusable();
        asked.token = token;
        seen.unshift(token.value);
        seen.length = Math.min(seen.length, 2);
        return token;
      } catch (error) {
        // Those who wait get the error; the next request tries again.
        if (current === asked) current = undefined;
        throw error;
      }
    };
    const asked: Asked = { answer: shareRequest(ask) };
    current = asked;
    return asked;
  };
  const usable = (): Asked | undefined => (current?.answer.isAbandoned ? undefined : current);

  return {
    authMethod: 'oauth2',
    async sign({ headers }, signal) {
      const asked = usable() ?? fresh();
      let token = await asked.answer.wait(signal);
      if (now() >= token.renewAt) {
        // Of several requests that find the same token old, one asks for another.
        if (current === asked) fresh();
        token = await (usable() ?? fresh()).answer.wait(signal);
      }
      return { ...headers, [AUTHORIZATION]: `Bearer ${token.value}` };
    },
    renew(refused) {
      // Unless another request has renewed it meanwhile, or is about to: then the new one is what to try.
      const { token } = current ?? {};
      if (token !== undefined && refused[AUTHORIZATION] === `Bearer ${token.value}`) current = undefined;
      return true;
    },
    redact: (text) => redactSecrets(text, [...secretsOf(credential), ...seen]),
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

function tokenOf(body: string, asked: number): Token | undefined {
  let json: Record<string, unknown> | null;
  try {
    json = parseJson(body) as Record<string, unknown> | null;
  } catch {
    return undefined;
  }
  const value = json?.access_token;
  if (typeof value !== 'string' || value === '') return undefined;
  const life = Number(json?.expires_in) * 1000;
  // A server that does not say when it ends says so with a 401.
  if (!Number.isFinite(life)) return { value, renewAt: Number.POSITIVE_INFINITY };
  return { value, renewAt: asked + life - Math.min(RENEW_BEFORE_MS, life / 10) };
}
