/** Where a table's files are and how they are reached, from what the catalog says of it. Pure. */
import { TableUnusable } from '../../errors/index.js';
import { formatAddress, type S3Options } from '../../storage/address.js';
import type { CredentialProvider } from '../../storage/s3/credentials.js';
import { textsOf } from './server-config.js';

/** An access key, perhaps with a session token and an end. */
export type Credentials = Awaited<ReturnType<CredentialProvider>>;

export interface FileAccess {
  /** Of the bucket, or of the root of the file system, with how to reach it: keys are whole. */
  address: string;
  /** Vended by the catalog, for this table. */
  credentials?: Credentials;
}

/** The parts of an answer that are about files. */
export interface FileWords {
  /** Of the table's root. */
  location: string;
  /** `config` of the answer. */
  config: unknown;
  /** `storage-credentials` of the answer. */
  storageCredentials: unknown;
}

/** What holds for tables of which the answer says nothing. */
export interface FileDefaults {
  /** Of the server's configuration. */
  properties: Readonly<Record<string, string>>;
  /** Of ours. */
  s3?: S3Options;
  /** Milliseconds since the epoch, at which the answer came. */
  now: number;
}

/**
 * Temporary credentials whose end is not told are asked for again after ten minutes: AWS SDKs renew five minutes before
 * the end, and the shortest session of AWS STS lasts fifteen.
 */
const UNTOLD_LIFE_MS = 15 * 60_000;

/** What the table's own words say, then the server's, then ours. */
export function fileAccessOf(words: FileWords, { properties, s3, now }: FileDefaults): FileAccess {
  const location = words.location;
  if (/^(file:|\/)/.test(location)) return { address: 'file:///' };
  const [, bucket] = /^s3[an]?:\/\/([^/]+)/.exec(location) ?? [];
  if (bucket === undefined) {
    throw new TableUnusable(
      `The table's files are at ${location}; this version reads and writes s3: and file: only.`,
      'Use a warehouse of the catalog that lies in S3, or in a store that speaks S3.',
    );
  }
  const own = tableWords(words);
  const credentials = credentialsOf(own, now);
  const said = optionsOf({ ...properties, ...own });
  // A profile or a role of ours says who we are, which vended credentials say already.
  const { profile, roleArn, externalId, roleSessionName, ...reach } = s3 ?? {};
  const who = credentials === undefined ? { profile, roleArn, externalId, roleSessionName } : {};
  const address = formatAddress({ scheme: 's3', bucket, prefix: '', options: { ...who, ...reach, ...said } });
  return { address, ...(credentials === undefined ? {} : { credentials }) };
}

/** Of the storage credentials the one with the longest prefix of the location; its words go before those of `config`. */
function tableWords({ location, config, storageCredentials }: FileWords): Record<string, string> {
  const place = canonical(location);
  const fitting = (Array.isArray(storageCredentials) ? storageCredentials : [])
    .map((one) => ({ prefix: String(one?.prefix ?? ''), config: textsOf(one?.config) }))
    .filter(({ prefix }) => place.startsWith(canonical(prefix)))
    .sort((one, other) => other.prefix.length - one.prefix.length);
  return { ...textsOf(config), ...fitting[0]?.config };
}

function credentialsOf(words: Readonly<Record<string, string>>, now: number): Credentials | undefined {
  const accessKeyId = words['s3.access-key-id'];
  const secretAccessKey = words['s3.secret-access-key'];
  if (!accessKeyId || !secretAccessKey) return undefined;
  const sessionToken = words['s3.session-token'] || undefined;
  const told = Number(words['s3.session-token-expires-at-ms'] || Number.NaN);
  const ends = Number.isFinite(told) ? told : sessionToken === undefined ? undefined : now + UNTOLD_LIFE_MS;
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...(ends === undefined ? {} : { expiration: new Date(ends) }),
  };
}

function optionsOf(words: Readonly<Record<string, string>>): S3Options {
  const region = words['client.region'] || words['s3.region'];
  const endpoint = words['s3.endpoint'];
  const pathStyle = words['s3.path-style-access'];
  return {
    ...(region ? { region } : {}),
    ...(endpoint ? { endpoint: endpoint.replace(/\/+$/, '') } : {}),
    ...(pathStyle ? { pathStyle: pathStyle.toLowerCase() === 'true' } : {}),
  };
}

const canonical = (location: string): string => location.replace(/^s3[an]:/, 's3:');
