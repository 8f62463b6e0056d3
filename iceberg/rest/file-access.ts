/** The location of a table's files and how to access them, from the catalog's response. Pure. */
import { TableUnusable } from '../../errors/index.js';
import { formatAddress, type S3Options } from '../../storage/address.js';
import type { CredentialProvider } from '../../storage/s3/credentials.js';
import { textsOf } from './server-config.js';

/** An access key, optionally with a session token and an expiration. */
export type Credentials = Awaited<ReturnType<CredentialProvider>>;

/** How to access the files of a table. */
export interface FileAccess {
  /** Address of the bucket or of the file system root, with connection options. Keys are full keys. */
  address: string;
  /** Vended by the catalog for this table. */
  credentials?: Credentials;
}

/** The parts of a table response (protocol, LoadTableResult) that say how its files are accessed. */
export interface TableFileConfig {
  /** Location of the table's root. */
  location: string;
  /** `config` in the response. */
  config: unknown;
  /** `storage-credentials` in the response. */
  storageCredentials: unknown;
}

/** Defaults for settings that a table's response does not contain. */
export interface FileDefaults {
  /** From the server's configuration. */
  properties: Readonly<Record<string, string>>;
  /** From Trailmill's configuration. */
  s3?: S3Options;
  /** Time of the response, in milliseconds since the epoch. */
  now: number;
}

/** Credentials that expire within this many milliseconds are renewed; AWS SDKs ask five minutes before expiration. */
export const RENEW_CREDENTIALS_BEFORE_MS = 5 * 60_000;

/**
 * Assumed lifetime of temporary credentials without an expiration, so that they are renewed after ten minutes: AWS SDKs renew
 * five minutes before expiration, and the shortest AWS STS session lasts fifteen minutes.
 */
const DEFAULT_LIFETIME_MS = 15 * 60_000;

/**
 * The location of a table's files and the credentials for them: from the table's own configuration, then the server's, then
 * Trailmill's. Throws `TableUnusable` for an unsupported scheme.
 */
export function fileAccessOf(table: TableFileConfig, { properties, s3, now }: FileDefaults): FileAccess {
  const { location } = table;
  if (/^(file:|\/)/.test(location)) return { address: 'file:///' };
  const [, bucket] = /^s3[an]?:\/\/([^/]+)/.exec(location) ?? [];
  if (bucket === undefined) {
    throw new TableUnusable(
      `The table's files are at ${location}; this version supports only s3: and file:.`,
      'Use a warehouse of the catalog that is in S3 or an S3-compatible store.',
    );
  }
  const own = tableProperties(table);
  const credentials = credentialsOf(own, now);
  const given = optionsOf({ ...properties, ...own });
  // Vended credentials replace the configured profile or role.
  const { profile, roleArn, externalId, roleSessionName, ...connection } = s3 ?? {};
  const identity = credentials === undefined ? { profile, roleArn, externalId, roleSessionName } : {};
  const address = formatAddress({
    scheme: 's3',
    bucket,
    prefix: '',
    options: { ...identity, ...connection, ...given },
  });
  return { address, ...(credentials === undefined ? {} : { credentials }) };
}

/** The storage credentials with the longest matching prefix of the location take precedence over `config`. */
function tableProperties({ location, config, storageCredentials }: TableFileConfig): Record<string, string> {
  const root = canonical(location);
  const matching = (Array.isArray(storageCredentials) ? storageCredentials : [])
    .map((one) => ({ prefix: String(one?.prefix ?? ''), config: textsOf(one?.config) }))
    .filter(({ prefix }) => root.startsWith(canonical(prefix)))
    .sort((one, other) => other.prefix.length - one.prefix.length);
  return { ...textsOf(config), ...matching[0]?.config };
}

function credentialsOf(properties: Readonly<Record<string, string>>, now: number): Credentials | undefined {
  const accessKeyId = properties['s3.access-key-id'];
  const secretAccessKey = properties['s3.secret-access-key'];
  if (!accessKeyId || !secretAccessKey) return undefined;
  const sessionToken = properties['s3.session-token'] || undefined;
  const expiresAtMs = Number(properties['s3.session-token-expires-at-ms'] || Number.NaN);
  const expiration = Number.isFinite(expiresAtMs)
    ? expiresAtMs
    : sessionToken === undefined
      ? undefined
      : now + DEFAULT_LIFETIME_MS;
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...(expiration === undefined ? {} : { expiration: new Date(expiration) }),
  };
}

function optionsOf(properties: Readonly<Record<string, string>>): S3Options {
  const region = properties['client.region'] || properties['s3.region'];
  const endpoint = properties['s3.endpoint'];
  const pathStyle = properties['s3.path-style-access'];
  return {
    ...(region ? { region } : {}),
    ...(endpoint ? { endpoint: endpoint.replace(/\/+$/, '') } : {}),
    ...(pathStyle ? { pathStyle: pathStyle.toLowerCase() === 'true' } : {}),
  };
}

const canonical = (location: string): string => location.replace(/^s3[an]:/, 's3:');
