/**
 * Store addresses in flags and configuration: a directory, `file:///srv/logs`, or `s3://bucket/prefix?region=eu-west-1`.
 * Connection options are query parameters, as in Apache Arrow, so that one string contains everything another machine needs to
 * know. Addresses never contain secrets: those come from the standard AWS credential sources.
 */
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { UserMistake } from '../errors/index.js';
import { hasUserInfo, hideSecrets } from '../text/hide-secrets.js';
import { nearest } from '../text/nearest.js';
import { printable } from '../text/printable.js';
import { shellQuote } from '../text/shell-quote.js';

/** How to connect to a bucket. Absent options are taken from the standard AWS sources: the environment, then ~/.aws/config. */
export interface S3Options {
  region?: string;
  /** Endpoint of an S3-compatible server: `http://127.0.0.1:7070`. */
  endpoint?: string;
  /** Put the bucket name in the path instead of the host name. Default: true if a custom endpoint is set. */
  pathStyle?: boolean;
  /** A profile of ~/.aws/config and ~/.aws/credentials. */
  profile?: string;
  /** A role to assume, using the credentials found. */
  roleArn?: string;
  externalId?: string;
  roleSessionName?: string;
  /** The requester pays for requests and data transfer. */
  requesterPays?: boolean;
  /** 12 digits: every request fails unless this account owns the bucket. */
  expectedBucketOwner?: string;
}

/** A directory. */
export interface FileAddress {
  scheme: 'file';
  /** Absolute path. */
  directory: string;
}

/** A bucket with a key prefix, and how to connect to it. */
export interface S3Address {
  scheme: 's3';
  bucket: string;
  /** Without leading or trailing slashes; empty for the whole bucket. */
  prefix: string;
  options: S3Options;
}

/** The location of a store. */
export type StoreAddress = FileAddress | S3Address;

interface Parameter {
  name: string;
  option: keyof S3Options;
  pattern: RegExp;
  allowed: string;
  isBoolean?: true;
}

const BOOLEAN = /^(true|false)$/;
/** The query parameters of an S3 address, named as in `s3_source` in log_source.yml. */
export const PARAMETERS: readonly Parameter[] = [
  { name: 'region', option: 'region', pattern: /^[a-z0-9-]+$/, allowed: 'a region, such as eu-west-1' },
  { name: 'endpoint', option: 'endpoint', pattern: /^https?:\/\/[^\s/?#@]+\/?$/, allowed: 'http(s)://host:port' },
  { name: 'path_style', option: 'pathStyle', pattern: BOOLEAN, allowed: 'true or false', isBoolean: true },
  { name: 'profile', option: 'profile', pattern: /^\S+$/, allowed: 'a profile from ~/.aws/config' },
  {
    name: 'access_role_arn',
    option: 'roleArn',
    pattern: /^arn:aws[a-z-]*:iam::\d{12}:role\/\S+$/,
    allowed: 'the ARN of a role, arn:aws:iam::123456789012:role/name',
  },
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
  {
    name: 'external_id',
    option: 'externalId',
    pattern: /^[\w+=,.@:/-]{2,1224}$/,
    allowed: '2 to 1224 letters, digits and _+=,.@:/-',
  },
  {
    name: 'role_session_name',
    option: 'roleSessionName',
    pattern: /^[\w+=,.@-]{2,64}$/,
    allowed: '2 to 64 letters, digits and _+=,.@-',
  },
  { name: 'requester_pays', option: 'requesterPays', pattern: BOOLEAN, allowed: 'true or false', isBoolean: true },
  { name: 'expected_bucket_owner', option: 'expectedBucketOwner', pattern: /^\d{12}$/, allowed: '12 digits' },
];

/**
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html. Buckets created before 2018 may contain
 * underscores.
 */
export const BUCKET_NAME = /^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/;

/** Parses an address; relative paths are resolved against `base`. Throws `UserMistake` that says what is allowed. */
export function parseAddress(uri: string, base: string = process.cwd()): StoreAddress {
  if (uri.trim() === '')
    throw new UserMistake('The location is empty.', 'Give a directory, a file:// URI or s3://bucket/prefix.');
  assertPathLike(uri);
  // A scheme has at least two letters: `C:\logs` is a path.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(uri)?.[1].toLowerCase();
  if (scheme === undefined) return { scheme: 'file', directory: resolve(base, uri) };
  if (scheme !== 'file' && (hasUserInfo(uri) || /^[^\s/:]+:[^\s/]*@/.test(uri))) throw withUserInfo('location', uri);
  if (/^s3[an]?$/.test(scheme)) return parseS3(uri);
  if (scheme !== 'file') {
    throw new UserMistake(
      `The location ${masked(uri)} has an unknown scheme, ${scheme}:.`,
      'Use s3://bucket/prefix, file:///… or a path.',
    );
  }
  // The URL parser would drop these or turn them into slashes, which would name a different directory.
  const special = /[?#\\\p{Cc}]/u.exec(uri)?.[0];
  if (special !== undefined) {
    throw new UserMistake(
      `The location ${masked(uri)} is a file:// URI that contains ${printable(special)}, which must be escaped in URIs.`,
      `Write it as ${encodeURIComponent(special)}, or give the path without file://.`,
    );
  }
  try {
    return { scheme: 'file', directory: resolve(fileURLToPath(uri)) };
  } catch (error) {
    throw new UserMistake(`The location ${masked(uri)} is not a local file URI.`, 'Use file:///absolute/path.', {
      cause: error,
    });
  }
}

/** Bytes: PATH_MAX on Linux. S3 keys are limited to a quarter of it. */
const MAX_BYTES = 4_096;

/** Throws `UserMistake` for a text that cannot be a path on any system. */
function assertPathLike(uri: string): void {
  if (uri.length > MAX_BYTES || Buffer.byteLength(uri) > MAX_BYTES)
    throw new UserMistake(
      `The location ${masked(uri.slice(0, 100))}… is longer than ${MAX_BYTES} bytes.`,
      'Give a shorter path.',
    );
  if (/\0|\p{Surrogate}/u.test(uri))
    throw new UserMistake(
      `The location ${masked(printable(uri))} contains a NUL character or an unpaired surrogate.`,
      'Paths cannot contain these: remove it.',
    );
}

/** The error for a URI that contains a user name or password; `what` names the setting. */
export function withUserInfo(what: string, uri: string): UserMistake {
  return new UserMistake(
    `The ${what} ${masked(uri)} contains a user name or password.`,
    'Remove everything before the @. Credentials come from the standard AWS sources (environment, ~/.aws), or from the environment of each process.',
  );
}

/** A location for messages, without secrets. */
function masked(uri: string): string {
  return hideSecrets(
    uri,
    PARAMETERS.map(({ name }) => name),
  );
}

/** The canonical form of an address: absolute, without a trailing slash, parameters in a fixed order. */
export function formatAddress(address: StoreAddress): string {
  if (address.scheme === 'file') return pathToFileURL(address.directory).href.replace(/\/+$/, '');
  const { options } = address;
  const query = PARAMETERS.flatMap(({ name, option }) =>
    options[option] === undefined ? [] : [`${name}=${encode(String(options[option]))}`],
  );
  return `${s3Uri(address)}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}

/** Keeps ARNs and URLs readable: `:`, `/`, `@` and `,` need no encoding in a query. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/%(3A|2F|40|2C)/g, decodeURIComponent);
}

/** The canonical form ({@link formatAddress}) of an address; relative paths are resolved against `base`. */
export function normalizeAddress(uri: string, base: string): string {
  return formatAddress(parseAddress(uri, base));
}

/** The address without its connection options: the prefix of object locations. */
export function withoutOptions(address: string): string {
  const at = address.startsWith('s3://') ? address.indexOf('?') : -1;
  return at < 0 ? address : address.slice(0, at);
}

/** The address of a key in the store at `address`, with the store's connection options. */
export function keyAddress(address: string, key: string): string {
  const location = withoutOptions(address);
  return `${location}/${key}${address.slice(location.length)}`;
}

/** `s3://bucket/prefix`. */
export function s3Uri({ bucket, prefix }: Pick<S3Address, 'bucket' | 'prefix'>): string {
  return `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
}

function parseS3(uri: string): S3Address {
  const [, location, query] = /^s3[an]?:\/*([^?]*)(?:\?(.*))?$/is.exec(uri) ?? [];
  const [bucket, ...rest] = location.split('/');
  const prefix = rest.join('/').replace(/^\/+|\/+$/g, '');
  if (!BUCKET_NAME.test(bucket)) {
    throw new UserMistake(
      `The location ${masked(uri)} has no valid bucket name: ${JSON.stringify(bucket)}.`,
      'Use s3://bucket/prefix. A bucket name has 3 to 63 lowercase letters, digits, dots and hyphens.',
    );
  }
  if (prefix.includes('//')) {
    const fixed = s3Uri({ bucket, prefix: prefix.replace(/\/{2,}/g, '/') });
    const suggestion = query === undefined ? fixed : `${fixed}?${query}`;
    throw new UserMistake(
      `The location ${masked(uri)} has an empty segment.`,
      `Did you mean ${shellQuote(masked(suggestion))}?`,
    );
  }
  const options: S3Options = {};
  for (const [name, value] of new URLSearchParams(query ?? '')) Object.assign(options, parameterOf(uri, name, value));
  return { scheme: 's3', bucket, prefix, options };
}

function parameterOf(uri: string, name: string, value: string): S3Options {
  const parameter = PARAMETERS.find((one) => one.name === name);
  if (parameter === undefined) {
    const names = PARAMETERS.map((one) => one.name);
    const suggestion = nearest(name, names);
    const hint = suggestion === undefined ? '' : `Did you mean ${suggestion}? `;
    throw new UserMistake(
      `The location ${masked(uri)} has an unknown parameter, ${name}.`,
      `${hint}Allowed: ${names.join(', ')}.`,
    );
  }
  if (!parameter.pattern.test(value)) {
    throw new UserMistake(
      `The location ${masked(uri)} has an invalid parameter, ${name}=${hideSecrets(value)}.`,
      `Allowed: ${parameter.allowed}.`,
    );
  }
  const text = parameter.option === 'endpoint' ? value.replace(/\/$/, '') : value;
  return { [parameter.option]: parameter.isBoolean ? value === 'true' : text };
}
