/**
 * Settings of a REST catalog. Everything except the headers is stored in run configurations and shown to users, so it contains
 * no secrets.
 */
import type { S3Options } from '../../storage/address.js';

/** The settings of a REST catalog in a configuration. */
export interface RestCatalogSettings {
  /** The part before `/v1`: `https://glue.eu-west-1.amazonaws.com/iceberg`. */
  uri: string;
  /** The catalog's name of its warehouse: a name, an account id, the ARN of a table bucket. */
  warehouse?: string;
  /** Path prefix of requests, if the catalog's configuration does not contain one. */
  prefix?: string;
  oauth2?: OAuth2Settings;
  sigv4?: SigV4Settings;
  /** Each process takes them from its own configuration, because values may be secret. */
  headers?: Readonly<Record<string, string>>;
  /** Request credentials for the tables' files from the catalog. Default: true. */
  accessDelegation?: boolean;
  /**
   * `s3://bucket/prefix`: the location of new tables, each at `<location>/<namespace>/<name>`. For catalogs that do not choose a
   * location, such as AWS Glue; S3 Tables rejects a given location.
   */
  location?: string;
  /** How to access the tables' files, for options that the catalog does not return. */
  s3?: S3Options;
}

/** Settings of OAuth2 client credentials. */
export interface OAuth2Settings {
  /** URI of the token endpoint. Default: `<uri>/v1/oauth/tokens`. */
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
  /** Default: the region in the URI (`glue.eu-west-1.amazonaws.com`), then that of the standard AWS sources. */
  region?: string;
  /** A profile of ~/.aws/config and ~/.aws/credentials. */
  profile?: string;
  /** A role to assume, using the credentials found. */
  roleArn?: string;
  externalId?: string;
  roleSessionName?: string;
}

/** Secrets that each process reads from its own environment. */
export interface RestCatalogSecrets {
  /** A bearer token: {@link TOKEN_VARIABLE}. */
  token?: string;
  /** `client id:client secret` for OAuth2, or only a secret for some servers: {@link CREDENTIAL_VARIABLE}. */
  credential?: string;
}

/** Environment variable with a bearer token. */
export const TOKEN_VARIABLE = 'TRAILMILL_CATALOG_TOKEN';
/** Environment variable with the OAuth2 client id and secret. */
export const CREDENTIAL_VARIABLE = 'TRAILMILL_CATALOG_CREDENTIAL';

/** Reads the catalog's secrets from the environment; absent if unset or blank. */
export function catalogSecrets(environment: NodeJS.ProcessEnv = process.env): RestCatalogSecrets {
  const variable = (name: string): string | undefined => environment[name]?.trim() || undefined;
  return { token: variable(TOKEN_VARIABLE), credential: variable(CREDENTIAL_VARIABLE) };
}
