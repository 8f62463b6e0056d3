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
  /** Returns the headers of the request plus those that authenticate it. If the signal is aborted, rejects with its reason. */
  sign(request: Unsigned, signal?: AbortSignal): Promise<Record<string, string>>;
  /** Called after a 401 with the headers of the rejected request; discards the token it used. `false`: retrying is pointless. */
  renew(rejected: Readonly<Record<string, string>>): boolean;
  /** Removes the client's secrets from a text, in case a server repeats them. */
  redact(text: string): string;
}

/** The name of the header with the token, in lowercase. */
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

/** A fixed bearer token from the environment. It cannot be renewed. */
export function bearer(token: string): Authentication {
  return {
    authMethod: 'token',
    sign: async ({ headers }) => ({ ...headers, [AUTHORIZATION]: `Bearer ${token}` }),
    renew: () => false,
    redact: (text) => redactSecrets(text, [token]),
  };
}

/** Replaces secrets in a text. Secrets shorter than four characters are kept: replacing `a` would make the text unreadable. */
export function redactSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((all, secret) => (secret.length < 4 ? all : all.replaceAll(secret, '(secret)')), text);
}
