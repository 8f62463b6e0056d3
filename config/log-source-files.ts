/** Finds the files of the one log source of a project: `log_sources/NAME/log_source.yml` and `tables/KEY.yml` in it. */
import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TABLE_KEYS, type TableKey } from '../cloudtrail/table-config.js';
import { UserMistake } from '../errors/index.js';
import { nearest } from '../text/nearest.js';
import { LOG_SOURCE_FILE, LOG_SOURCES_DIRECTORY } from './defaults.js';
import { LOG_SOURCE_SHAPE, type LogSourceFile, TABLE_FILE_SHAPE, type TableSettingsFile } from './schema.js';
import { readYaml, type YamlFile } from './yaml-file.js';

/** The files of a log source, each read and checked separately. */
export interface LogSourceFiles {
  logSource: YamlFile<LogSourceFile>;
  /** In the order of {@link TABLE_KEYS}; if there are no table files, only the default table. */
  tables: ReadonlyMap<TableKey, YamlFile<TableSettingsFile> | undefined>;
  /** Mistakes in the names of the files; mistakes in their content are in the files. */
  mistakes: string[];
}

/** Finds and reads the files of the log source; `undefined` if the project has none. Throws `UserMistake` if it has several. */
export function findLogSource(projectDir: string): LogSourceFiles | undefined {
  const root = join(projectDir, LOG_SOURCES_DIRECTORY);
  const entries = entriesOf(root);
  const directories = entries.filter((entry) => isDirectory(root, entry)).map(({ name }) => name);
  const inUse = directories.filter((name) => isLogSource(join(root, name)));
  if (inUse.length > 1) {
    const names = inUse.map((name) => `${LOG_SOURCES_DIRECTORY}/${name}`).join(' and ');
    throw new UserMistake(
      `The project ${projectDir} has ${inUse.length} log sources, ${names}; this version supports one per project.`,
      'Create a separate project for each: a directory with log_sources/NAME/ in it, selected with --project. They may share a warehouse.',
    );
  }
  if (inUse.length === 0) {
    const misplaced = entries.find(({ name }) => /^log_source\.ya?ml$/.test(name));
    if (misplaced === undefined) return undefined;
    throw new UserMistake(
      `${LOG_SOURCES_DIRECTORY}/${misplaced.name} is one directory too high.`,
      `Move it to ${LOG_SOURCES_DIRECTORY}/aws_cloudtrail/${LOG_SOURCE_FILE}.`,
    );
  }
  return readFiles(root, inUse[0]);
}

function isLogSource(directory: string): boolean {
  return entriesOf(directory).some(({ name }) => /^(log_source\.ya?ml|tables)$/.test(name));
}

function readFiles(root: string, name: string): LogSourceFiles {
  const directory = join(root, name);
  const shown = `${LOG_SOURCES_DIRECTORY}/${name}`;
  const mistakes: string[] = [];
  if (!entriesOf(directory).some((entry) => entry.name === LOG_SOURCE_FILE)) {
    const other = entriesOf(directory).find((entry) => entry.name === 'log_source.yaml');
    mistakes.push(
      other === undefined
        ? `${shown}/${LOG_SOURCE_FILE}  is missing. Run \`trailmill init\` in an empty directory to create one to copy.`
        : `${shown}/${other.name}  must be named ${LOG_SOURCE_FILE}. Rename it.`,
    );
  }
  const logSource = readYaml(join(directory, LOG_SOURCE_FILE), `${shown}/${LOG_SOURCE_FILE}`, LOG_SOURCE_SHAPE);
  const found = new Map<TableKey, YamlFile<TableSettingsFile> | undefined>();
  const tables = join(directory, 'tables');
  const files = entriesOf(tables)
    .map((entry) => entry.name)
    .filter((file) => /\.ya?ml$/.test(file));
  for (const key of TABLE_KEYS) {
    const file = `${key}.yml`;
    if (files.includes(file)) found.set(key, readYaml(join(tables, file), `${shown}/tables/${file}`, TABLE_FILE_SHAPE));
  }
  for (const file of files) {
    if (TABLE_KEYS.some((key) => file === `${key}.yml`)) continue;
    const stem = file.replace(/\.ya?ml$/, '');
    const meant = nearest(stem, TABLE_KEYS);
    const hint = meant === undefined ? '' : ` Did you mean ${meant}.yml?`;
    const allowed = TABLE_KEYS.map((key) => `${key}.yml`).join(', ');
    mistakes.push(`${shown}/tables/${file}  is not a CloudTrail table.${hint} Allowed: ${allowed}.`);
  }
  if (found.size === 0) found.set('default', undefined);
  return { logSource, tables: found, mistakes };
}

function entriesOf(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new UserMistake(`${directory} cannot be read (${code}).`, 'Give the user that runs Trailmill access to it.', {
      cause: error,
    });
  }
}

/** Symbolic links to directories count: projects can share log sources that way. */
function isDirectory(parent: string, entry: Dirent): boolean {
  if (entry.name.startsWith('.')) return false;
  return entry.isDirectory() || (entry.isSymbolicLink() && entriesOf(join(parent, entry.name)).length > 0);
}
