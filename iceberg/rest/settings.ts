/** How to reach a REST catalog. What is here is written into run configurations and shown to people: no secret is in it. */
import type { S3Options } from '../../storage/address.js';

export interface RestCatalogSettings {
  /** Up to before `/v1`: `https://glue.eu-west-1.amazonaws.com/iceberg`. */
  uri: string;
  /** What the catalog calls its warehouse: a name, an account id, the ARN of a table bucket. */
  warehouse?: string;
  /** In the paths of its requests, where the catalog itself names none. */
  prefix?: string;
  oauth2?: OAuth2Settings;
  sigv4?: SigV4Settings;
  headers?: Readonly<Record<string, string>>;
  /** Ask for credentials for the tables' files. Default: true. */
  accessDelegation?: boolean;
  /** How to reach the tables' files where the catalog does not say it. */
  s3?: S3Options;
}

export interface OAuth2Settings {
  /** Of the token endpoint. Default: `<uri>/v1/oauth/tokens`. */
  serverUri?: string;
  /** Default: `catalog`. */
  scope?: string;
  audience?: string;
}

export interface SigV4Settings {
  /** `glue`, `s3tables`, `execute-api`. */
  service: string;
  /** Default: that of the usual AWS places. */
  region?: string;
}

/** Known to each process from its own environment. */
export interface RestCatalogSecrets {
  /** A bearer token. */
  token?: string;
  /** `client id:client secret`, for OAuth2. */
  credential?: string;
}
