/**
 * Addresses that contain a user name or password are rejected, and the message must not repeat the credentials: they would end up
 * in logs, Temporal histories and terminals.
 */
import { tryDecodeUri } from './uri.js';

/**
 * Whether a URI contains a user name or password (`https://user:password@host`, `s3://key:secret@bucket`), including in its
 * query string.
 */
export function hasUserInfo(uri: string): boolean {
  return matchesUserInfo(uri) || matchesUserInfo(tryDecodeUri(uri.slice(uri.indexOf('?') + 1)));
}

/** A secret key may contain slashes, so text after a colon counts as a password even if it has slashes in it. */
function matchesUserInfo(text: string): boolean {
  return /:\/+(?:[^/?#&\s]*@|[^/?#&\s@]*:(?!\d*(?:[/?#&]|$))[^?#&\s]*@)/.test(text);
}

/** Names of query parameters whose values are secret. */
const SECRET_NAME = /secret|token|password|key|credential|signature/i;

/**
 * Masks secrets in `text` so that it can be shown in a message: everything before an `@`, and the values of query parameters with
 * secret-looking names, except those listed in `shown`.
 */
export function hideSecrets(text: string, shown: readonly string[] = []): string {
  return text
    .replace(/([?&])([^=&\s"]*)=([^&\s"]*)/g, (all, sign: string, name: string) =>
      shown.includes(name) || !SECRET_NAME.test(name) ? all : `${sign}${name}=***`,
    )
    .replace(/((?::|%3a)(?:\/|%2f)+)[^\s"'&]*(?:@|%40)/gi, '$1***@')
    .replace(/(^|[\s"'=])[^\s"'/:=]+:(?!\/)[^\s"']*(?:@|%40)/g, '$1***@');
}

/** Like {@link hideSecrets}, for an address without a scheme: `user@host:port`. */
export function hideUser(address: string): string {
  return hideSecrets(address).replace(/[^\s"]*@/, '***@');
}
