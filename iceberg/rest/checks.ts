/** Rejects invalid settings before any request is sent. */
import { UserMistake } from '../../errors/index.js';
import { CREDENTIAL_VARIABLE, type RestCatalogSecrets, type RestCatalogSettings, TOKEN_VARIABLE } from './settings.js';

/** The catalog's URI without a trailing slash and `/v1`. Throws `UserMistake` if it is not valid or contains a secret. */
export function checkedUri({ uri }: Pick<RestCatalogSettings, 'uri'>): string {
  let url: URL;
  try {
    url = new URL(uri);
  } catch (cause) {
    throw new UserMistake('catalog.uri is not a valid URI.', 'Use https://host/path.', { cause });
  }
  if (url.username !== '' || url.password !== '') {
    throw new UserMistake(
      `catalog.uri, at ${url.host}, contains a user name or password.`,
      `Remove it, and set ${CREDENTIAL_VARIABLE} or ${TOKEN_VARIABLE} in the environment.`,
    );
  }
  if (!/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new UserMistake(
      `catalog.uri is not valid: ${uri}.`,
      'Use https://host/path, without a query string; warehouse and prefix are separate settings.',
    );
  }
  return url.href.replace(/\/+$/, '').replace(/\/v1$/, '');
}

/** Throws `UserMistake` if more than one authentication method is configured, or a secret is in the headers. */
export function checkAuthentication(settings: RestCatalogSettings, secrets: RestCatalogSecrets): void {
  if (Object.keys(settings.headers ?? {}).some((name) => name.toLowerCase() === 'authorization')) {
    throw new UserMistake(
      'catalog.headers contains an Authorization header, which is a secret.',
      `Remove it, and set ${TOKEN_VARIABLE} or ${CREDENTIAL_VARIABLE} in the environment.`,
    );
  }
  const ways = [
    ...(settings.sigv4 ? ['catalog.sigv4'] : []),
    ...(secrets.token ? [TOKEN_VARIABLE] : []),
    ...(secrets.credential ? [CREDENTIAL_VARIABLE] : []),
  ];
  if (ways.length > 1) {
    throw new UserMistake(
      `${ways.length} authentication methods are configured for the REST catalog: ${ways.join(' and ')}.`,
      'Keep the one that the server requires.',
    );
  }
}
