/**
 * Addresses of stores, as people and configurations write them: a directory, `file:///srv/logs`, or
 * `s3://bucket/prefix?region=eu-west-1`. How to reach a bucket stands behind a question mark, as Apache Arrow has it, so that
 * a single text says all that another machine has to know. It never holds a secret: those come from where AWS keeps them.
 */
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { hasUserInfo, hideSecrets } from '../errors/hide-secrets.js';
import { UserMistake } from '../errors/index.js';
import { nearest } from '../errors/nearest.js';
import { shellQuote } from '../errors/shell-quote.js';
import { printable } from '../workflows/printable.js';

/** How to reach a bucket. What is absent comes from the usual AWS places: the environment, then ~/.aws/config. */
export interface S3Options {
  region?: string;
  /** Of a server that speaks S3: `http://127.0.0.1:7070`. */
  endpoint?: string;
  /** The bucket's name in the path instead of the host's name. Absent: only where there is an endpoint of one's own. */
  pathStyle?: boolean;
  /** A profile of ~/.aws/config and ~/.aws/credentials. */
  profile?: string;
  /** A role to assume, with the credentials that are found. */
  roleArn?: string;
  externalId?: string;
  roleSessionName?: string;
  /** Whoever reads pays for requests and transfer. */
  requesterPays?: boolean;
  /** 12 digits: every request fails unless this account owns the bucket. */
  expectedBucketOwner?: string;
}

export interface FileAddress {
  scheme: 'file';
  /** Absolute path. */
  directory: string;
}

export interface S3Address {
  scheme: 's3';
  bucket: string;
  /** Without slashes at its ends; empty for the whole bucket. */
  prefix: string;
  options: S3Options;
}

export type StoreAddress = FileAddress | S3Address;

interface Parameter {
  name: string;
  option: keyof S3Options;
  pattern: RegExp;
  allowed: string;
  isSwitch?: true;
}

const SWITCH = /^(true|false)$/;
/** Names as in log_source.yml's s3_source. */
export const PARAMETERS: readonly Parameter[] = [
  { name: 'region', option: 'region', pattern: /^[a-z0-9-]+$/, allowed: 'a region, such as eu-west-1' },
  { name: 'endpoint', option: 'endpoint', pattern: /^https?:\/\/[^\s/?#@]+\/?$/, allowed: 'http(s)://host:port' },
  { name: 'path_style', option: 'pathStyle', pattern: SWITCH, allowed: 'true or false', isSwitch: true },
  { name: 'profile', option: 'profile', pattern: /^\S+$/, allowed: 'a profile of ~/.aws/config' },
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
  { name: 'requester_pays', option: 'requesterPays', pattern: SWITCH, allowed: 'true or false', isSwitch: true },
  { name: 'expected_bucket_owner', option: 'expectedBucketOwner', pattern: /^\d{12}$/, allowed: '12 digits' },
];

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; underscores: buckets from before 2018. */
export const BUCKET_NAME = /^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/;

/** What an address means; relative paths start at `base`. Throws `UserMistake` with what is allowed. */
export function parseAddress(uri: string, base: string = process.cwd()): StoreAddress {
  if (uri.trim() === '')
    throw new UserMistake('The location is empty.', 'Give a directory, a file:// URI or s3://bucket/prefix.');
  assertPossible(uri);
  // A scheme has two letters at least: `C:\logs` is a path.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(uri)?.[1].toLowerCase();
  if (scheme === undefined) return { scheme: 'file', directory: resolve(base, uri) };
  if (scheme !== 'file' && (hasUserInfo(uri) || /^[^\s/:]+:[^\s/]*@/.test(uri))) throw withUserInfo('location', uri);
  if (/^s3[an]?$/.test(scheme)) return parseS3(uri);
  if (scheme !== 'file') {
    throw new UserMistake(
      `The location ${told(uri)} has an unknown scheme, ${scheme}:.`,
      'Give s3://bucket/prefix, file:///… or a path.',
    );
  }
  // The parser of URLs would leave these out, or make slashes of them: another directory than the one that is meant.
  const special = /[?#\\\p{Cc}]/u.exec(uri)?.[0];
  if (special !== undefined) {
    throw new UserMistake(
      `The location ${told(uri)} is a file:// URI with ${printable(special)} in it, which URIs do not take as it is.`,
      `Write ${encodeURIComponent(special)} for it, or give the path without file://.`,
    );
  }
  try {
    return { scheme: 'file', directory: resolve(fileURLToPath(uri)) };
  } catch (error) {
    throw new UserMistake(`The location ${told(uri)} is not a local file URI.`, 'Write file:///absolute/path.', {
      cause: error,
    });
  }
}

/** Bytes: what Linux takes as a path. Keys of S3 end at a quarter of it. */
const MOST_BYTES = 4_096;

/** Throws for what is no place anywhere: it could not even be written into a message, or handed to the system. */
function assertPossible(uri: string): void {
  if (uri.length > MOST_BYTES || Buffer.byteLength(uri) > MOST_BYTES)
    throw new UserMistake(
      `The location ${told(uri.slice(0, 100))}… is longer than ${MOST_BYTES} bytes.`,
      'Give a shorter path.',
    );
  if (/\0|\p{Surrogate}/u.test(uri))
    throw new UserMistake(
      `The location ${told(printable(uri))} has a NUL character or half of a Unicode character in it.`,
      'No path can have these: take it out.',
    );
}

/** The mistake for a URI with a user name or a password in it; `what` it is of. */
export function withUserInfo(what: string, uri: string): UserMistake {
  return new UserMistake(
    `The ${what} ${told(uri)} has a user name or password in it.`,
    'Leave out what stands before the @. Credentials come from where AWS keeps them (environment, ~/.aws), or from the environment of each process.',
  );
}

/** What a message may say of a location. */
function told(uri: string): string {
  return hideSecrets(
    uri,
    PARAMETERS.map(({ name }) => name),
  );
}

/** One spelling for an address: absolute, without a slash at its end, parameters in a fixed order. */
export function formatAddress(address: StoreAddress): string {
  if (address.scheme === 'file') return pathToFileURL(address.directory).href.replace(/\/+$/, '');
  const { options } = address;
  const query = PARAMETERS.flatMap(({ name, option }) =>
    options[option] === undefined ? [] : [`${name}=${encode(String(options[option]))}`],
  );
  return `${s3Uri(address)}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}

/** ARNs and URLs stay readable: of what they have, a query need not encode these. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/%(3A|2F|40|2C)/g, decodeURIComponent);
}

/** The same address as {@link formatAddress} has it; relative paths start at `base`. */
export function normalizeAddress(uri: string, base: string): string {
  return formatAddress(parseAddress(uri, base));
}

/** The place alone, without how to reach it: what locations of objects begin with. */
export function placeOf(address: string): string {
  const at = address.startsWith('s3://') ? address.indexOf('?') : -1;
  return at < 0 ? address : address.slice(0, at);
}

/** The address of a key in the store at `address`, with how to reach it. */
export function keyAddress(address: string, key: string): string {
  const place = placeOf(address);
  return `${place}/${key}${address.slice(place.length)}`;
}

/** `s3://bucket/prefix`. */
export function s3Uri({ bucket, prefix }: Pick<S3Address, 'bucket' | 'prefix'>): string {
  return `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
}

function parseS3(uri: string): S3Address {
  const [, place, query] = /^s3[an]?:\/*([^?]*)(?:\?(.*))?$/is.exec(uri) ?? [];
  const [bucket, ...rest] = place.split('/');
  const prefix = rest.join('/').replace(/^\/+|\/+$/g, '');
  if (!BUCKET_NAME.test(bucket)) {
    throw new UserMistake(
      `The location ${told(uri)} names no bucket: ${JSON.stringify(bucket)}.`,
      'Write s3://bucket/prefix. A name has 3 to 63 small letters, digits, dots and hyphens.',
    );
  }
  if (prefix.includes('//')) {
    const named = s3Uri({ bucket, prefix: prefix.replace(/\/{2,}/g, '/') });
    const meant = query === undefined ? named : `${named}?${query}`;
    throw new UserMistake(
      `The location ${told(uri)} has an empty segment.`,
      `Did you mean ${shellQuote(told(meant))}?`,
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
    const meant = nearest(name, names);
    const hint = meant === undefined ? '' : `Did you mean ${meant}? `;
    throw new UserMistake(
      `The location ${told(uri)} has an unknown parameter, ${name}.`,
      `${hint}Allowed: ${names.join(', ')}.`,
    );
  }
  if (!parameter.pattern.test(value)) {
    throw new UserMistake(
      `The location ${told(uri)} has ${name}=${hideSecrets(value)}.`,
      `Allowed: ${parameter.allowed}.`,
    );
  }
  const text = parameter.option === 'endpoint' ? value.replace(/\/$/, '') : value;
  return { [parameter.option]: parameter.isSwitch ? value === 'true' : text };
}
