/** Where a table's files are and how they are reached, from what the catalog says of it. Pure. */
import { TableUnusable } from '../../errors/index.js';
import { formatAddress, type S3Options } from '../../storage/address.js';
import type { CredentialProvider } from '../../storage/s3/credentials.js';
import { textsOf } from './server-config.js';

/** An access key, perhaps with a session token and an end. */
export type Credentials = Awaited<ReturnType<CredentialProvider>>;

/** How to reach the files of a table. */
export interface FileAccess {
  /** Of the bucket, or of the root of the file system, with how to reach it: keys are whole. */
  address: string;
  /** Vended by the catalog, for this table. */
  credentials?: Credentials;
}

/** The parts of a table's answer (protocol, LoadTableResult) that say how its files are reached. */
export interface TableFileConfig {
  /** Of the table's root. */
  location: string;
  /** `config` of the answer. */
  config: unknown;
  /** `storage-credentials` of the answer. */
  storageCredentials: unknown;
}

/** What applies where a table's answer says nothing. */
export interface FileDefaults {
  /** Of the server's configuration. */
  properties: Readonly<Record<string, string>>;
  /** Of ours. */
  s3?: S3Options;
  /** Milliseconds since the epoch, at which the answer came. */
  now: number;
}

/**
 * Milliseconds. Temporary credentials without an expiry are renewed after ten minutes: AWS SDKs renew five minutes before the
 * end, and the shortest session of AWS STS lasts fifteen.
 */
const DEFAULT_LIFE_MS = 15 * 60_000;

/** Where the files of a table are, and with what credentials: by the table's own configuration, then the server's, then ours. */
export function fileAccessOf(table: TableFileConfig, { properties, s3, now }: FileDefaults): FileAccess {
  const { location } = table;
  if (/^(file:|\/)/.test(location)) return { address: 'file:///' };
  const [, bucket] = /^s3[an]?:\/\/([^/]+)/.exec(location) ?? [];
  if (bucket === undefined) {
    throw new TableUnusable(
      `The table's files are at ${location}; this version reads and writes s3: and file: only.`,
      'Use a warehouse of the catalog that lies in S3, or in a store that speaks S3.',
    );
  }
  const own = tableProperties(table);
  const credentials = credentialsOf(own, now);
  const given = optionsOf({ ...properties, ...own });
  // A profile or a role of ours says who we are, which vended credentials say already.
  const { profile, roleArn, externalId, roleSessionName, ...reach } = s3 ?? {};
  const who = credentials === undefined ? { profile, roleArn, externalId, roleSessionName } : {};
  const address = formatAddress({ scheme: 's3', bucket, prefix: '', options: { ...who, ...reach, ...given } });
  return { address, ...(credentials === undefined ? {} : { credentials }) };
}

/** The storage credentials with the longest prefix of the location take precedence over `config`. */
function tableProperties({ location, config, storageCredentials }: TableFileConfig): Record<string, string> {
  const place = canonical(location);
  const fitting = (Array.isArray(storageCredentials) ? storageCredentials : [])
    .map((one) => ({ prefix: String(one?.prefix ?? ''), config: textsOf(one?.config) }))
    .filter(({ prefix }) => place.startsWith(canonical(prefix)))
    .sort((one, other) => other.prefix.length - one.prefix.length);
  return { ...textsOf(config), ...fitting[0]?.config };
}

function credentialsOf(properties: Readonly<Record<string, string>>, now: number): Credentials | undefined {
  const accessKeyId = properties['s3.access-key-id'];
  const secretAccessKey = properties['s3.secret-access-key'];
  if (!accessKeyId || !secretAccessKey) return undefined;
  const sessionToken = properties['s3.session-token'] || undefined;
  const expiresAtMs = Number(properties['s3.session-token-expires-at-ms'] || Number.NaN);
  const ends = Number.isFinite(expiresAtMs)
    ? expiresAtMs
    : sessionToken === undefined
      ? undefined
      : now + DEFAULT_LIFE_MS;
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...(ends === undefined ? {} : { expiration: new Date(ends) }),
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
