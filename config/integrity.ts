/** The section `integrity` of log_source.yml, and the directory of public keys that it names. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TableConfig } from '../cloudtrail/table-config.js';
import { systemCodeOf, UserMistake } from '../errors/index.js';
import { type KeyRing, type PublicKey, parseKeys } from '../integrity/keys.js';
import { LOG_SOURCE_TABLE } from './log-source-table.js';
import type { LogSourceFile } from './schema.js';
import { withDefaults } from './setting.js';
import type { IntegritySettings } from './settings.js';
import type { YamlFile } from './yaml-file.js';

/**
 * Reads the settings; mistakes are reported to the file. The directory of keys is not read: workers have the
 * configuration, but need not have the keys. `location`: its address, if known. `tables`: the configured ones.
 */
export function readIntegrity(
  file: YamlFile<LogSourceFile> | undefined,
  projectDir: string,
  location: string | undefined,
  tables: readonly Pick<TableConfig, 'key'>[],
): IntegritySettings {
  const given = file?.value?.integrity;
  const { mode, bucket, keys, hold_hours } = withDefaults(LOG_SOURCE_TABLE.members.integrity, given);
  if (mode !== 'required' && given?.hold_hours !== undefined) {
    file?.report(
      ['integrity', 'hold_hours'],
      `integrity.hold_hours is only used with mode: required, but the mode is ${mode}. Change the mode, or remove it.`,
      'key',
    );
  }
  // Runs that require proof read digests from the bucket.
  if (mode === 'verify' && !tables.some(({ key }) => key === 'digest')) {
    const digests = file?.name.replace(/[^/]*$/, 'tables/digest.yml');
    file?.report(
      ['integrity'],
      `integrity is ${mode}, but digests are not ingested, so nothing can be verified. Add ${digests} (name: digest).`,
      'key',
    );
  }
  // Verification reports which bucket it assumes. A run must not ingest what a digest of any other bucket proves.
  if (mode === 'required' && bucket === undefined && location?.startsWith('file:')) {
    file?.report(
      ['integrity'],
      'integrity is required, but the location is a directory. Set integrity.bucket to the bucket that it is a copy of.',
      'key',
    );
  }
  return {
    mode,
    holdHours: hold_hours,
    ...(bucket === undefined ? {} : { bucket }),
    ...(file === undefined || keys === undefined
      ? {}
      : {
          keys: { directory: resolve(projectDir, keys), place: `${file.line(['integrity', 'keys'])}  integrity.keys` },
        }),
  };
}

/**
 * Maximum bytes of a key file: CloudTrail's keys have 400, and a list of all keys that a region ever had has a few kB.
 */
const MAX_BYTES = 1024 * 1024;

/**
 * Reads all public keys of a directory; hidden files and directories in it are not read. Throws `UserMistake`, with the
 * place of the setting, if there is no key in it, or anything that is not a key.
 */
export function readKeyDirectory({ directory, place }: NonNullable<IntegritySettings['keys']>): KeyRing {
  const found = new Map<string, PublicKey>();
  for (const name of filesIn(directory, place)) {
    const path = join(directory, name);
    for (const key of parseKeys(contentOf(path, place), `${place}: ${path}`)) {
      const known = found.get(key.fingerprint);
      if (known !== undefined && !known.der.equals(key.der)) {
        throw new UserMistake(
          `${place}: ${path} has the same fingerprint as an earlier file, ${key.fingerprint}, but another key.`,
          'Find out which of them is from CloudTrail, and remove the other one.',
        );
      }
      // Only CloudTrail's lists contain the validity.
      if (known === undefined || known.validFrom === undefined) found.set(key.fingerprint, key);
    }
  }
  if (found.size > 0) return found;
  throw new UserMistake(
    `${place}: the directory ${directory} has no files.`,
    "Add CloudTrail's public keys to it, for example: aws cloudtrail list-public-keys --region REGION --start-time 2024-01-01 > REGION.json",
  );
}

/** Names of the files, in a fixed order. */
function filesIn(directory: string, place: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    const names = entries
      .filter((entry) => !entry.name.startsWith('.') && !entry.isDirectory())
      .map(({ name }) => name);
    // Kubernetes mounts files as links, and the directory of their targets is hidden.
    return names.filter((name) => !statSync(join(directory, name)).isDirectory()).sort();
  } catch (error) {
    throw unreadable(directory, place, error);
  }
}

function contentOf(path: string, place: string): Buffer {
  let what: string;
  try {
    const stat = statSync(path);
    // Reading a pipe would wait for its writer.
    if (stat.isFile() && stat.size <= MAX_BYTES) return readFileSync(path);
    what = stat.isFile() ? 'larger than 1 MiB' : 'not a file';
  } catch (error) {
    throw unreadable(path, place, error);
  }
  throw new UserMistake(`${place}: ${path} is ${what}.`, 'Keep only public keys in the directory.');
}

function unreadable(path: string, place: string, error: unknown): UserMistake {
  const code = systemCodeOf(error);
  const [what, cure] =
    code === 'ENOENT'
      ? [`${path} does not exist`, 'Create it, or correct the path.']
      : code === 'ENOTDIR'
        ? [`${path} is not a directory`, 'Specify the directory that the files with keys are in.']
        : [`${path} cannot be read (${code})`, 'Give the user that runs Trailmill access to it.'];
  return new UserMistake(`${place}: ${what}.`, cure, { cause: error });
}
