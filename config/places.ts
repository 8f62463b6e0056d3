/** Where the bucket and the warehouse are, by the flags and by log_source.yml. */

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

/** The flags that come before the places in log_source.yml. */
export interface PlaceFlags {
  location?: string;
  keyPrefix?: string;
  warehouse?: string;
}

/** Where a source reads from and writes to. */
interface SourcePlaces {
  /** Address of the bucket, or of its copy; absent where nobody says it. */
  location?: string;
  /** Before `AWSLogs/` at the location, without slashes at its ends. */
  keyPrefix: string;
  /** Absent where it is a mistake. */
  warehouse?: string;
  placeOrigins: PlaceOrigins;
}

/** Mistakes in the file are blamed there, those in a flag thrown. Paths in the file begin at the project, in flags at `cwd`. */
export function readPlaces(
  file: YamlFile<LogSourceFile> | undefined,
  projectDir: string,
  cwd: string,
  flags: PlaceFlags,
): SourcePlaces {
  const textOf = (...path: string[]): string | undefined => file && textInFile(file, path);
  /** An address that is left empty counts as not given. */
  const address = (...path: string[]): string | undefined => {
    const text = textOf(...path);
    return text?.trim() === '' ? undefined : text;
  };
  const blaming = (path: string[], read: () => string): string | undefined => {
    try {
      return read();
    } catch (error) {
      if (file === undefined || !(error instanceof UserMistake)) throw error;
      file.blame(path, `${path.join('.')}: ${describeError(error)}`);
      return undefined;
    }
  };
  const warehouse =
    flags.warehouse === undefined
      ? blaming(['warehouse'], () => normalizeWarehouse(address('warehouse') ?? DEFAULT_SOURCE.warehouse, projectDir))
      : ofFlag('--warehouse', () => normalizeWarehouse(flags.warehouse ?? '', cwd));
  const written = address('ingest', 'location');
  const given =
    flags.location !== undefined
      ? ofFlag('--location', () => normalizeAddress(flags.location ?? '', cwd))
      : written === undefined
        ? undefined
        : blaming(['ingest', 'location'], () => normalizeAddress(written, projectDir));
  const prefixes: [KeyPrefixOption, string | undefined][] = [
    ['--key-prefix', prefixOfFlag(flags.keyPrefix)],
    ['ingest.key_prefix', textOf('ingest', 'key_prefix')],
    ['ingest.s3_source.key_prefix', textOf('ingest', 's3_source', 'key_prefix')],
  ];
  const parsed = given === undefined ? undefined : parseAddress(given);
  // A location in a bucket may say the key prefix itself. The ledger and the digests know objects by their whole keys.
  const inside = parsed?.scheme === 's3' && parsed.prefix !== '' ? parsed : undefined;
  const keyPrefixes = prefixes
    .filter(([from]) => inside === undefined || from !== 'ingest.s3_source.key_prefix')
    .flatMap(([from, value]) => (value === undefined ? [] : [{ from, value: trimmed(value) }]));
  const own = keyPrefixes[0]?.value ?? '';
  const from =
    flags.location !== undefined ? '--location' : given === undefined ? 'ingest.s3_source' : 'ingest.location';
  const location = inside === undefined ? (given ?? bucketOf(file)) : formatAddress({ ...inside, prefix: '' });
  const keyPrefix = [inside?.prefix ?? '', own].filter((part) => part !== '').join('/');
  const isRight = file === undefined || file.mistakes.length === 0;
  const mistake = isRight && location && warehouse && overlapError(warehouse, location, keyPrefix);
  if (mistake) {
    if (flags.warehouse !== undefined) throw asOfFlag('--warehouse', mistake);
    if (flags.location !== undefined) throw asOfFlag('--location', mistake);
    blaming(['warehouse'], () => {
      throw mistake;
    });
  }
  return { location, keyPrefix, warehouse, placeOrigins: { location: from, keyPrefixes } };
}

function ofFlag(flag: string, read: () => string): string {
  try {
    return read();
  } catch (error) {
    throw error instanceof UserMistake ? asOfFlag(flag, error) : error;
  }
}

/** The same mistake with the flag's name before it. */
function asOfFlag(flag: string, { message, cure, cause }: UserMistake): UserMistake {
  return new UserMistake(`${flag}: ${message}`, cure, { cause });
}

/** One slash at the end is a habit. Two are not: a trail whose own prefix ends with a slash has keys `logs//AWSLogs/…`. */
function trimmed(prefix: string): string {
  return prefix.replace(/^\/+/, '').replace(/\/$/, '');
}

function prefixOfFlag(prefix: string | undefined): string | undefined {
  const [, bucket, rest] = /^s3[an]?:\/*([^/]*)\/*(.*)$/i.exec(prefix ?? '') ?? [];
  if (bucket === undefined || prefix === undefined) return prefix;
  if (hasUserInfo(prefix)) throw withUserInfo('key prefix', prefix);
  throw new UserMistake(
    `--key-prefix is ${JSON.stringify(prefix)}, with the bucket in it.`,
    `Give what comes before AWSLogs/ in the keys: --key-prefix ${shellQuote(rest)}, or the whole address: --location ${shellQuote(`s3://${bucket}/${rest}`)}`,
  );
}

/** The bucket of `s3_source`, with how to reach it. */
function bucketOf(file: YamlFile<LogSourceFile> | undefined): string | undefined {
  const bucket = file && textInFile(file, ['ingest', 's3_source', 'bucket_name']);
  if (bucket === undefined) return undefined;
  const source: Record<string, unknown> = file?.value?.ingest?.s3_source ?? {};
  const options: S3Options = Object.fromEntries(
    PARAMETERS.flatMap(({ name, option }) => (source[name] === undefined ? [] : [[option, source[name]]])),
  );
  return formatAddress({ scheme: 's3', bucket, prefix: '', options });
}
