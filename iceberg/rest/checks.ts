/** Settings that cannot be right are refused before anything is sent. */
import { UserMistake } from '../../errors/index.js';
import { CREDENTIAL_VARIABLE, type RestCatalogSecrets, type RestCatalogSettings, TOKEN_VARIABLE } from './settings.js';

/** The catalog's address without a slash at its end. Throws `UserMistake` for what cannot be one, or holds a secret. */
export function checkedUri({ uri }: Pick<RestCatalogSettings, 'uri'>): string {
  let url: URL;
  try {
    url = new URL(uri);
  } catch (cause) {
    throw new UserMistake('catalog.uri is no address.', 'Write https://host/path.', { cause });
  }
  if (url.username !== '' || url.password !== '') {
    throw new UserMistake(
      `catalog.uri, at ${url.host}, holds a name or a password.`,
      `Take them out, and set ${CREDENTIAL_VARIABLE} or ${TOKEN_VARIABLE} in the environment.`,
    );
  }
  if (!/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new UserMistake(
      `catalog.uri is ${uri}.`,
      'Write https://host/path, without a question mark; warehouse and prefix are settings of their own.',
    );
  }
  return url.href.replace(/\/+$/, '').replace(/\/v1$/, '');
}

/** Throws `UserMistake` where two ways to prove who we are contradict each other. */
export function checkAuthentication(settings: RestCatalogSettings, secrets: RestCatalogSecrets): void {
  if (Object.keys(settings.headers ?? {}).some((name) => name.toLowerCase() === 'authorization')) {
    throw new UserMistake(
      'catalog.headers hold an Authorization, which is a secret.',
      `Take it out, and set ${TOKEN_VARIABLE} or ${CREDENTIAL_VARIABLE} in the environment.`,
    );
  }
  const ways = [
    ...(settings.sigv4 ? ['catalog.sigv4'] : []),
    ...(secrets.token ? [TOKEN_VARIABLE] : []),
    ...(secrets.credential ? [CREDENTIAL_VARIABLE] : []),
  ];
  if (ways.length > 1) {
    throw new UserMistake(
      `The REST catalog is given ${ways.length} ways to prove who we are: ${ways.join(' and ')}.`,
      'Keep the one that the server wants.',
    );
  }
}
