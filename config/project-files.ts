/** The files of a new project: `trailmill init`. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UserMistake } from '../errors/index.js';
import { LOG_SOURCE_FILE, LOG_SOURCES_DIRECTORY, TEMPORAL_FILE } from './defaults.js';
import {
  DEFAULT_TABLE_EXAMPLE,
  DIGEST_TABLE_EXAMPLE,
  INSIGHTS_TABLE_EXAMPLE,
  LOG_SOURCE_EXAMPLE,
  TEMPORAL_EXAMPLE,
  TRANSFORM_EXAMPLE,
} from './examples.js';

/**
 * Writes `temporal.yaml`, an example of a transform, and the log source in `log_sources/aws_cloudtrail/`, and returns the paths of the files. If one of
 * them already exists, writes none and throws `UserMistake`.
 */
export function writeProject(directory: string): string[] {
  const root = resolve(directory);
  const logSource = join(root, LOG_SOURCES_DIRECTORY, 'aws_cloudtrail');
  const files = [
    { path: join(root, TEMPORAL_FILE), text: TEMPORAL_EXAMPLE },
    { path: join(logSource, LOG_SOURCE_FILE), text: LOG_SOURCE_EXAMPLE },
    { path: join(logSource, 'tables', 'default.yml'), text: DEFAULT_TABLE_EXAMPLE },
    { path: join(logSource, 'tables', 'insights.yml'), text: INSIGHTS_TABLE_EXAMPLE },
    { path: join(logSource, 'tables', 'digest.yml'), text: DIGEST_TABLE_EXAMPLE },
    { path: join(root, 'transform.ts'), text: TRANSFORM_EXAMPLE },
  ];
  for (const { path } of files) if (existsSync(path)) throw alreadyThere(path);
  for (const { path, text } of files) {
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { flag: 'wx' });
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EEXIST') throw alreadyThere(path);
      throw new UserMistake(
        `${path} cannot be written (${code}).`,
        'Choose another directory, or change its permissions.',
        {
          cause: error,
        },
      );
    }
  }
  return files.map(({ path }) => path);
}

function alreadyThere(path: string): UserMistake {
  return new UserMistake(`${path} already exists and was not changed.`, 'Edit it, or choose another directory.');
}
