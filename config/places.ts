/** Where the bucket and the warehouse are, by the flags and by log_source.yml. */
import { describeError } from '../errors/index.js';
import { formatAddress, normalizeAddress, PARAMETERS, parseAddress, type S3Options } from '../storage/address.js';
import type { LogSourceFile } from './log-source-schema.js';
import { textAt, type YamlFile } from './yaml-file.js';

export interface PlaceFlags {
  location?: string;
  keyPrefix?: string;
  warehouse?: string;
}

export interface Places {
  /** Address of the bucket, or of its copy; absent where nobody says it. */
  location?: string;
  /** Before `AWSLogs/` at the location, without slashes at its ends. */
  keyPrefix: string;
  warehouse?: string;
}

/** Mistakes in the file are blamed there, those in a flag thrown. Paths in the file begin at the project, in flags at `cwd`. */
export function readPlaces(
  file: YamlFile<LogSourceFile> | undefined,
  projectDir: string,
  cwd: string,
  flags: PlaceFlags,
): Places {
  const place = (flag: string | undefined, path: string[]): string | undefined => {
    if (flag !== undefined) return normalizeAddress(flag, cwd);
    const given = file && textAt(file, path);
    if (given === undefined || given.trim() === '') return undefined;
    try {
      return normalizeAddress(given, projectDir);
    } catch (error) {
      file?.blame(path, `${path.join('.')}: ${describeError(error)}`);
      return undefined;
    }
  };
  const said = (...path: string[]): string | undefined => file && textAt(file, path);
  const warehouse = place(flags.warehouse, ['warehouse']);
  const given = place(flags.location, ['ingest', 'location']);
  const ownPrefix = flags.keyPrefix ?? said('ingest', 'key_prefix');
  const address = given === undefined ? undefined : parseAddress(given);
  if (address?.scheme !== 's3' || address.prefix === '') {
    const keyPrefix = trimmed(ownPrefix ?? said('ingest', 's3_source', 'key_prefix'));
    return { location: given ?? bucketOf(file), keyPrefix, warehouse };
  }
  // A location in a bucket may say the key prefix itself. The ledger and the digests know objects by their whole keys.
  const keyPrefix = [address.prefix, trimmed(ownPrefix)].filter((part) => part !== '').join('/');
  return { location: formatAddress({ ...address, prefix: '' }), keyPrefix, warehouse };
}

function trimmed(prefix = ''): string {
  return prefix.replace(/^\/+|\/+$/g, '');
}

/** The bucket of `s3_source`, with how to reach it. */
function bucketOf(file: YamlFile<LogSourceFile> | undefined): string | undefined {
  const bucket = file && textAt(file, ['ingest', 's3_source', 'bucket_name']);
  if (bucket === undefined) return undefined;
  const source: Record<string, unknown> = file?.value?.ingest?.s3_source ?? {};
  const options: S3Options = Object.fromEntries(
    PARAMETERS.flatMap(({ name, option }) => (source[name] === undefined ? [] : [[option, source[name]]])),
  );
  return formatAddress({ scheme: 's3', bucket, prefix: '', options });
}
