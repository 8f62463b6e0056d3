/** The files of a new project: `trailmill init`. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UserMistake } from '../errors/index.js';
import { LOG_SOURCE_FILE, SOURCE, TEMPORAL_FILE } from './defaults.js';

const LOG_SOURCE_EXAMPLE = `# Which CloudTrail logs become tables, and where. Paths are relative to the project: the directory of temporal.yaml.

# Name of the log source, and what its tables' names begin with.
name: ${SOURCE.name}

managed:
  type: AWS_CLOUDTRAIL

ingest:
  # The copy of the bucket: a directory, or a file:// URI. The flag --location comes before it.
  location: ./bucket
  # What comes before AWSLogs/ in the keys; empty when nothing does. The flag --key-prefix comes before it.
  key_prefix: ""

# The directory, or file:// URI, that the Iceberg tables go to. The flag --warehouse comes before it.
warehouse: ./${SOURCE.warehouse}
`;

/**
 * Writes `temporal.yaml` and `log_sources/aws_cloudtrail/log_source.yml` and gives their paths. Where one of them exists
 * it writes neither and throws `UserMistake`.
 */
export function writeProject(directory: string): string[] {
  const root = resolve(directory);
  const files = [
    { path: join(root, TEMPORAL_FILE), text: temporalExample() },
    { path: join(root, LOG_SOURCE_FILE), text: LOG_SOURCE_EXAMPLE },
  ];
  for (const { path } of files) if (existsSync(path)) throw alreadyThere(path);
  for (const { path, text } of files) {
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { flag: 'wx' });
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EEXIST') throw alreadyThere(path);
      throw new UserMistake(`${path} cannot be written (${code}).`, 'Choose another directory, or its permissions.', {
        cause: error,
      });
    }
  }
  return files.map(({ path }) => path);
}

function alreadyThere(path: string): UserMistake {
  return new UserMistake(`${path} exists already, and is left as it is.`, 'Edit it, or choose another directory.');
}

/** The commented file at the root of this package: one directory up from the sources, two from what is built of them. */
function temporalExample(): string {
  const candidates = [join(__dirname, '..', TEMPORAL_FILE), join(__dirname, '..', '..', TEMPORAL_FILE)];
  return readFileSync(candidates.find(existsSync) ?? candidates[1], 'utf8');
}
