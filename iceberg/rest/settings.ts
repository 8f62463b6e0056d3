/** How to reach a REST catalog. All but the headers is written into run configurations and shown to people: no secret is in it. */
import type { S3Options } from '../../storage/address.js';

/** The settings of a REST catalog in a configuration. */
export interface RestCatalogSettings {
  /** Up to before `/v1`: `https://glue.eu-west-1.amazonaws.com/iceberg`. */
  uri: string;
  /** What the catalog calls its warehouse: a name, an account id, the ARN of a table bucket. */
  warehouse?: string;
  /** In the paths of its requests, where the catalog itself names none. */
  prefix?: string;
  oauth2?: OAuth2Settings;
  sigv4?: SigV4Settings;
  /** Of each process's own configuration: a value may be a secret. */
  headers?: Readonly<Record<string, string>>;
  /** Ask for credentials for the tables' files. Default: true. */
  accessDelegation?: boolean;
  /**
   * `s3://bucket/prefix`: where new tables go, each to `<location>/<namespace>/<name>`. For catalogs that choose no place of
   * their own, as AWS Glue; S3 Tables refuses one that is given.
   */
  location?: string;
  /** How to reach the tables' files where the catalog does not say it. */
  s3?: S3Options;
}

/** Settings of OAuth2 client credentials. */
export interface OAuth2Settings {
  /** Of the token endpoint. Default: `<uri>/v1/oauth/tokens`. */
  serverUri?: string;
  /** Default: `catalog`. Polaris: `PRINCIPAL_ROLE:ALL`. */
  scope?: string;
  audience?: string;
  resource?: string;
}

/** Settings of AWS Signature Version 4. */
export interface SigV4Settings {
  /** `glue`, `s3tables`, `execute-api`. */
  service: string;
  /** Default: what the address says (`glue.eu-west-1.amazonaws.com`), then that of the usual AWS places. */
  region?: string;
  /** A profile of ~/.aws/config and ~/.aws/credentials. */
  profile?: string;
  /** A role to assume, with the credentials that are found. */
  roleArn?: string;
  externalId?: string;
  roleSessionName?: string;
}

/** Known to each process from its own environment. */
export interface RestCatalogSecrets {
  /** A bearer token: {@link TOKEN_VARIABLE}. */
  token?: string;
  /** `client id:client secret`, for OAuth2; some servers know a secret alone: {@link CREDENTIAL_VARIABLE}. */
  credential?: string;
}

/** Environment variable with a bearer token. */
export const TOKEN_VARIABLE = 'TRAILMILL_CATALOG_TOKEN';
/** Environment variable with the OAuth2 client id and secret. */
export const CREDENTIAL_VARIABLE = 'TRAILMILL_CATALOG_CREDENTIAL';

/** The secrets of this process. */
export function catalogSecrets(environment: NodeJS.ProcessEnv = process.env): RestCatalogSecrets {
  const variable = (name: string): string | undefined => environment[name]?.trim() || undefined;
  return { token: variable(TOKEN_VARIABLE), credential: variable(CREDENTIAL_VARIABLE) };
}
