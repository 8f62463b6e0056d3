/**
 * Addresses with a user name or a password in them are refused, and the message must not repeat it: it would stand in logs, in
 * Temporal's histories and on terminals.
 */

/** Has a URI a user name or a password (`https://user:password@host`, `s3://key:secret@bucket`)? Also one within its query. */
export function hasUserInfo(uri: string): boolean {
  // A secret key may have slashes in it: with a colon before them it is a password all the same.
  return hasOwn(uri) || hasOwn(decoded(uri.slice(uri.indexOf('?') + 1)));
}

function hasOwn(text: string): boolean {
  return /:\/+(?:[^/?#&\s]*@|[^/?#&\s@]*:(?!\d*(?:[/?#&]|$))[^?#&\s]*@)/.test(text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Of parameters. */
const SECRET_NAME = /secret|token|password|key|credential|signature/i;

/** What can be told of `text` in a message: what stands before an `@` is left out, as are values of a query that are secret by their names, but for `shown` ones. */
export function hideSecrets(text: string, shown: readonly string[] = []): string {
  return text
    .replace(/([?&])([^=&\s"]*)=([^&\s"]*)/g, (all, sign: string, name: string) =>
      shown.includes(name) || !SECRET_NAME.test(name) ? all : `${sign}${name}=***`,
    )
    .replace(/((?::|%3a)(?:\/|%2f)+)[^\s"'&]*(?:@|%40)/gi, '$1***@')
    .replace(/(^|[\s"'=])[^\s"'/:=]+:(?!\/)[^\s"']*(?:@|%40)/g, '$1***@');
}

/** The same of an address without a scheme, `user@host:port`. */
export function hideUser(address: string): string {
  return hideSecrets(address).replace(/[^\s"]*@/, '***@');
}
