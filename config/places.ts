/** The locations of the bucket and the warehouse, from flags and log_source.yml. */

import { describeError, UserMistake } from '../errors/index.js';
import {
  formatAddress,
  normalizeAddress,
  PARAMETERS,
  parseAddress,
  type S3Options,
  withUserInfo,
} from '../storage/address.js';
import { normalizeWarehouse, overlapError } from '../storage/warehouse-place.js';
import { hasUserInfo } from '../text/hide-secrets.js';
import { shellQuote } from '../text/shell-quote.js';
import { DEFAULT_SOURCE } from './defaults.js';
import type { LogSourceFile } from './schema.js';
import type { KeyPrefixOption, PlaceOrigins } from './settings.js';
import { textInFile, type YamlFile } from './yaml-file.js';

/** The flags that take precedence over the locations in log_source.yml. */
export interface PlaceFlags {
  location?: string;
  keyPrefix?: string;
  warehouse?: string;
}

/** Where a source reads from and writes to. */
interface SourcePlaces {
  /** Address of the bucket, or of its copy; absent if none is configured. */
  location?: string;
  /** Key prefix before `AWSLogs/` at the location, without leading and trailing slashes. */
  keyPrefix: string;
  /** Absent if it is not valid. */
  warehouse?: string;
  placeOrigins: PlaceOrigins;
}

/**
 * Reads the locations. Mistakes in the file are reported to it; a mistake in a flag is thrown as `UserMistake`. Paths in the
 * file are relative to the project, paths in flags to `cwd`.
 */
export function readPlaces(
  file: YamlFile<LogSourceFile> | undefined,
  projectDir: string,
  cwd: string,
  flags: PlaceFlags,
): SourcePlaces {
  const textOf = (...path: string[]): string | undefined => file && textInFile(file, path);
  /** An empty address counts as not given. */
  const address = (...path: string[]): string | undefined => {
    const text = textOf(...path);
    return text?.trim() === '' ? undefined : text;
  };
  const reporting = (path: string[], read: () => string): string | undefined => {
    try {
      return read();
    } catch (error) {
      if (file === undefined || !(error instanceof UserMistake)) throw error;
      file.report(path, `${path.join('.')}: ${describeError(error)}`);
      return undefined;
    }
  };
  const warehouse =
    flags.warehouse === undefined
      ? reporting(['warehouse'], () => normalizeWarehouse(address('warehouse') ?? DEFAULT_SOURCE.warehouse, projectDir))
      : fromFlag('--warehouse', () => normalizeWarehouse(flags.warehouse ?? '', cwd));
  const written = address('ingest', 'location');
  const given =
    flags.location !== undefined
      ? fromFlag('--location', () => normalizeAddress(flags.location ?? '', cwd))
      : written === undefined
        ? undefined
        : reporting(['ingest', 'location'], () => normalizeAddress(written, projectDir));
  const prefixes: [KeyPrefixOption, string | undefined][] = [
    ['--key-prefix', checkedPrefix(flags.keyPrefix)],
    ['ingest.key_prefix', textOf('ingest', 'key_prefix')],
    ['ingest.s3_source.key_prefix', textOf('ingest', 's3_source', 'key_prefix')],
  ];
  const parsed = given === undefined ? undefined : parseAddress(given);
  // A location in a bucket may include the key prefix. The ledger and the digests identify objects by their full keys.
  const inside = parsed?.scheme === 's3' && parsed.prefix !== '' ? parsed : undefined;
  const keyPrefixes = prefixes
    .filter(([from]) => inside === undefined || from !== 'ingest.s3_source.key_prefix')
    .flatMap(([from, value]) => (value === undefined ? [] : [{ from, value: trimmed(value) }]));
  const own = keyPrefixes[0]?.value ?? '';
  const from =
    flags.location !== undefined ? '--location' : given === undefined ? 'ingest.s3_source' : 'ingest.location';
  const location = inside === undefined ? (given ?? bucketOf(file)) : formatAddress({ ...inside, prefix: '' });
  const keyPrefix = [inside?.prefix ?? '', own].filter((part) => part !== '').join('/');
  const isValid = file === undefined || file.mistakes.length === 0;
  const mistake = isValid && location && warehouse && overlapError(warehouse, location, keyPrefix);
  if (mistake) {
    if (flags.warehouse !== undefined) throw withFlagName('--warehouse', mistake);
    if (flags.location !== undefined) throw withFlagName('--location', mistake);
    reporting(['warehouse'], () => {
      throw mistake;
    });
  }
  return { location, keyPrefix, warehouse, placeOrigins: { location: from, keyPrefixes } };
}

function fromFlag(flag: string, read: () => string): string {
  try {
    return read();
  } catch (error) {
    throw error instanceof UserMistake ? withFlagName(flag, error) : error;
  }
}

/** The same mistake, prefixed with the name of the flag. */
function withFlagName(flag: string, { message, cure, cause }: UserMistake): UserMistake {
  return new UserMistake(`${flag}: ${message}`, cure, { cause });
}

/**
 * Removes leading slashes and one trailing slash. A second one is kept: a trail prefix that ends with a slash results in keys
 * `logs//AWSLogs/…`.
 */
function trimmed(prefix: string): string {
  return prefix.replace(/^\/+/, '').replace(/\/$/, '');
}

function checkedPrefix(prefix: string | undefined): string | undefined {
  const [, bucket, rest] = /^s3[an]?:\/*([^/]*)\/*(.*)$/i.exec(prefix ?? '') ?? [];
  if (bucket === undefined || prefix === undefined) return prefix;
  if (hasUserInfo(prefix)) throw withUserInfo('key prefix', prefix);
  throw new UserMistake(
    `--key-prefix is ${JSON.stringify(prefix)}, which includes the bucket.`,
    `Specify only the part of the keys before AWSLogs/: --key-prefix ${shellQuote(rest)}, or the whole address: --location ${shellQuote(`s3://${bucket}/${rest}`)}`,
  );
}

/** The address of the bucket in `s3_source`, with its options. */
function bucketOf(file: YamlFile<LogSourceFile> | undefined): string | undefined {
  const bucket = file && textInFile(file, ['ingest', 's3_source', 'bucket_name']);
  if (bucket === undefined) return undefined;
  const source: Record<string, unknown> = file?.value?.ingest?.s3_source ?? {};
  const options: S3Options = Object.fromEntries(
    PARAMETERS.flatMap(({ name, option }) => (source[name] === undefined ? [] : [[option, source[name]]])),
  );
  return formatAddress({ scheme: 's3', bucket, prefix: '', options });
}
