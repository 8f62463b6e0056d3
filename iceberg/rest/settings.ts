/**
 * What a REST catalog is configured with. Settings are plain data and travel with a run's configuration; secrets never do:
 * each process has them from its own environment.
 */
import { UserMistake } from '../../errors/index.js';
import type { S3Options } from '../../storage/address.js';

export interface RestCatalogSettings {
  /** What `/v1/…` is appended to: `https://glue.eu-west-1.amazonaws.com/iceberg`. */
  uri: string;
  /** Which of the server's warehouses or catalogs. AWS Glue: the account id; S3 Tables: the ARN of the table bucket. */
  warehouse?: string;
  /** Between `/v1/` and `/namespaces`. Servers that have one say so themselves. */
  prefix?: string;
  /** How a token is asked for with {@link RestCatalogSecrets.credential}. */
  oauth2?: OAuth2Settings;
  /** Sign requests with AWS credentials, as AWS' own catalogs want it. */
  sigv4?: SigV4Settings;
  /** Sent with every request to the catalog, never to the token server. */
  headers?: Readonly<Record<string, string>>;
  /** Ask for credentials for the tables' files. Default: yes; a server that has none gives none. */
  accessDelegation?: boolean;
  /** How to reach the tables' buckets, where the catalog says nothing about it. */
  s3?: S3Options;
}

export interface OAuth2Settings {
  /** The whole address of the token endpoint. Default: `{uri}/v1/oauth/tokens`, which newer servers do not have. */
  serverUri?: string;
  /** Default: `catalog`. Polaris: `PRINCIPAL_ROLE:ALL`. */
  scope?: string;
  audience?: string;
  resource?: string;
}

export interface SigV4Settings {
  /** `glue`, `s3tables`, or `execute-api` for a catalog behind Amazon API Gateway. */
  service: string;
  /** Default: what the address says (`glue.eu-west-1.amazonaws.com`), then the environment. */
  region?: string;
  /** A profile of ~/.aws/config and ~/.aws/credentials. */
  profile?: string;
  /** A role to assume, with the credentials that are found. */
  roleArn?: string;
  externalId?: string;
  roleSessionName?: string;
}

/** From the environment of each process. Never in a setting, a message or a log. */
export interface RestCatalogSecrets {
  /** A bearer token, as it is: {@link TOKEN_VARIABLE}. */
  token?: string;
  /** `client-id:client-secret`, or a client secret alone, that a token is asked for with: {@link CREDENTIAL_VARIABLE}. */
  credential?: string;
}

export const TOKEN_VARIABLE = 'TRAILMILL_CATALOG_TOKEN';
export const CREDENTIAL_VARIABLE = 'TRAILMILL_CATALOG_CREDENTIAL';

/** The secrets of this process. */
export function catalogSecrets(environment: NodeJS.ProcessEnv = process.env): RestCatalogSecrets {
  const said = (name: string): string | undefined => environment[name]?.trim() || undefined;
  return { token: said(TOKEN_VARIABLE), credential: said(CREDENTIAL_VARIABLE) };
}

/** The catalog's address without a slash at its end. Throws `UserMistake` for what cannot be one, or holds a secret. */
export function checkedUri({ uri }: Pick<RestCatalogSettings, 'uri'>): string {
  let url: URL;
  try {
    url = new URL(uri);
  } catch (cause) {
    throw new UserMistake('The uri of the REST catalog is no address.', 'Write https://host/path.', { cause });
  }
  if (url.username !== '' || url.password !== '') {
    throw new UserMistake(
      `The uri of the REST catalog at ${url.host} holds a name or a password.`,
      `Take them out, and set ${CREDENTIAL_VARIABLE} or ${TOKEN_VARIABLE} in the environment.`,
    );
  }
  if (!/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new UserMistake(
      `The uri of the REST catalog is ${uri}.`,
      'Write https://host/path, without a question mark; warehouse and prefix are settings of their own.',
    );
  }
  return url.href.replace(/\/+$/, '').replace(/\/v1$/, '');
}

/** Throws `UserMistake` where two ways to prove who we are contradict each other. */
export function checkAuthentication(settings: RestCatalogSettings, secrets: RestCatalogSecrets): void {
  if (Object.keys(settings.headers ?? {}).some((name) => name.toLowerCase() === 'authorization')) {
    throw new UserMistake(
      'The headers of the REST catalog hold an Authorization, which is a secret.',
      `Take it out, and set ${TOKEN_VARIABLE} or ${CREDENTIAL_VARIABLE} in the environment.`,
    );
  }
  const ways = [
    ...(settings.sigv4 ? ['sigv4 in the configuration'] : []),
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
