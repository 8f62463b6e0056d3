/** The log source: where the bucket and the tables are, and what the tables contain. */
import type {
  DeduplicateConfig,
  EnrichConfig,
  TableConfig,
  TableKey,
  TransformRef,
} from '../cloudtrail/table-config.js';
import { defaultTables, tableNameOf } from '../cloudtrail/tables.js';
import type { CatalogSettings } from '../iceberg/catalog-settings.js';
import { nearest } from '../text/nearest.js';
import { readCatalog } from './catalog.js';
import { DEFAULT_SOURCE } from './defaults.js';
import { readEnrich } from './enrich-files.js';
import { quotedValue } from './field-types.js';
import { readIntegrity } from './integrity.js';
import { findLogSource, type LogSourceFiles } from './log-source-files.js';
import { LOG_SOURCE_TABLE } from './log-source-table.js';
import { type PlaceFlags, readPlaces } from './places.js';
import type { LogSourceFile, TableSettingsFile } from './schema.js';
import { withDefaults } from './setting.js';
import type { SourceSettings } from './settings.js';
import { tableColumns } from './table-columns.js';
import { readTransform } from './transform-file.js';
import { readUpkeep } from './upkeep.js';
import { readUserSchema } from './user-fields.js';
import { textInFile, type YamlFile } from './yaml-file.js';

interface LogSource {
  /** Absent if no bucket is configured, or if there are mistakes. */
  source?: SourceSettings;
  /** Name of the log source and prefix of its tables; known even if the source is not. */
  name: string;
  /** Absent if there are mistakes. */
  warehouse?: string;
  catalog: CatalogSettings;
  mistakes: string[];
}

/**
 * Reads the log source. Mistakes in files are collected; a mistake in a flag is thrown as `UserMistake`. Paths in files are
 * relative to the project, paths in flags to `cwd`.
 * @param allowed directories and files that may contain transforms and databases
 */
export function readLogSource(
  projectDir: string,
  cwd: string,
  flags: PlaceFlags,
  allowed: readonly string[] = [projectDir],
): LogSource {
  const files = findLogSource(projectDir);
  const logSource = files?.logSource;
  const textOf = (...path: string[]): string | undefined => logSource && textInFile(logSource, path);
  const { location, keyPrefix, warehouse, placeOrigins } = readPlaces(logSource, projectDir, cwd, flags);
  const name = textOf('name') ?? DEFAULT_SOURCE.name;
  const content = files === undefined ? withoutFiles(name) : readContent(files, name, projectDir, allowed);
  const catalog = readCatalog(logSource, warehouse);
  const integrity = readIntegrity(logSource, projectDir, location, content.tables);
  const upkeep = readUpkeep(
    logSource,
    content.tables.map((config) => ({ config, file: files?.tables.get(config.key) })),
  );
  if (logSource?.value && location === undefined && logSource.mistakes.length === 0) {
    logSource.report(
      ['ingest'],
      'ingest.location is missing. Allowed: a directory, a file:// URI, or s3://bucket/prefix; or ingest.s3_source with a bucket_name.',
    );
  }
  const mistakes = files === undefined ? [] : mistakesOf(files);
  if (location === undefined || warehouse === undefined || mistakes.length > 0)
    return { name, warehouse, catalog, mistakes };
  const source: SourceSettings = {
    name,
    location,
    keyPrefix,
    placeOrigins,
    keyPattern: textOf('ingest', 's3_source', 'key_pattern'),
    warehouse,
    catalog,
    deduplicate: deduplicateOf(logSource?.value?.deduplicate),
    integrity,
    upkeep,
    ...content,
  };
  return { source, name, warehouse, catalog, mistakes };
}

/** On by default: AWS delivers at least once, so a table that keeps every delivery counts some events twice. */
function deduplicateOf(given: LogSourceFile['deduplicate']): DeduplicateConfig | undefined {
  if (given?.on === false) return undefined;
  return { windowDays: withDefaults(LOG_SOURCE_TABLE.members.deduplicate, given?.section).window_days };
}

type Content = Pick<SourceSettings, 'tables' | 'enrich' | 'files' | 'origins'>;

/** The content without configuration files: the default table, without user columns. */
function withoutFiles(name: string): Content {
  return { tables: defaultTables(name), files: [], origins: {} };
}

function readContent(
  { logSource, tables }: LogSourceFiles,
  name: string,
  projectDir: string,
  allowed: readonly string[],
): Content {
  const shared = readUserSchema(logSource);
  const transform = readTransform(logSource, projectDir, allowed);
  const enrich: EnrichConfig | undefined = readEnrich(logSource, projectDir, allowed);
  const origins: Partial<Record<TableKey, Record<string, string>>> = {};
  const configs: TableConfig[] = [];
  const files = [logSource.name];
  for (const [key, file] of tables) {
    const schemas = file === undefined ? [shared] : [shared, readUserSchema(file)];
    const own: TransformRef | undefined = file && readTransform(file, projectDir, allowed);
    if (file !== undefined) {
      files.push(file.name);
      checkName(file, key);
    }
    const { columns, origins: columnOrigins } = tableColumns(key, schemas);
    origins[key] = columnOrigins;
    const chosen = own ?? transform;
    configs.push({
      key,
      name: tableNameOf(name, key),
      columns,
      ...(chosen === undefined ? {} : { transform: chosen }),
    });
  }
  return { tables: configs, files, origins, ...(enrich === undefined ? {} : { enrich }) };
}

/** The name of a managed table cannot be changed; it is determined by the file name. */
function checkName(file: YamlFile<TableSettingsFile>, key: TableKey): void {
  const given = file.value?.name;
  if (given === undefined || given === key) return;
  const meant = typeof given === 'string' ? nearest(given, ['default', 'insights', 'digest']) : undefined;
  const hint = meant === undefined || meant === key ? '' : ` The table ${meant} has its own file, tables/${meant}.yml.`;
  file.report(['name'], `name is ${quotedValue(given)}. Allowed: ${key}, the name of the file.${hint}`);
}

function mistakesOf({ logSource, tables, mistakes }: LogSourceFiles): string[] {
  return [...mistakes, ...logSource.mistakes, ...[...tables.values()].flatMap((file) => file?.mistakes ?? [])];
}
