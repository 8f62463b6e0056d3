/** Authentication of requests: none, a bearer token, a token from OAuth2, or AWS Signature Version 4. */

/** The kind of authentication, for messages. */
export type AuthMethod = 'none' | 'token' | 'oauth2' | 'sigv4';

/** A request before it is signed. */
export interface Unsigned {
  method: 'GET' | 'POST';
  url: URL;
  headers: Readonly<Record<string, string>>;
  /** Absent without a body. */
  body?: string;
}

/** How requests are authenticated. */
export interface Authentication {
  readonly authMethod: AuthMethod;
  /** The headers of the request, with those that authenticate it. An aborted signal rejects with its reason. */
  sign(request: Unsigned, signal?: AbortSignal): Promise<Record<string, string>>;
  /** After a 401: forgets what the refused request used. `false`: another try would be refused as well. */
  renew(refused: Readonly<Record<string, string>>): boolean;
  /** The text without our secrets, should a server repeat them. */
  redact(text: string): string;
}

/** The header with the token. */
export const AUTHORIZATION = 'authorization';

/** For servers without authentication. */
export function anonymous(): Authentication {
  return {
    authMethod: 'none',
    sign: async ({ headers }) => ({ ...headers }),
    renew: () => false,
    redact: (text) => text,
  };
}

/** A token from the environment; it is used until it expires. */
export function bearer(token: string): Authentication {
  return {
    authMethod: 'token',
    sign: async ({ headers }) => ({ ...headers, [AUTHORIZATION]: `Bearer ${token}` }),
    renew: () => false,
    redact: (text) => redactSecrets(text, [token]),
  };
}

/** Replaces secrets in a text. Secrets shorter than four characters stay: replacing `a` would leave nothing to read. */
export function redactSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((all, secret) => (secret.length < 4 ? all : all.replaceAll(secret, '(secret)')), text);
}
