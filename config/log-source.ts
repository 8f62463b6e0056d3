/** The log source: where the bucket and the tables are, and what is in the tables. */
import type {
  DeduplicateConfig,
  EnrichConfig,
  TableConfig,
  TableKey,
  TransformRef,
} from '../cloudtrail/table-config.js';
import { defaultTables, nameOf } from '../cloudtrail/tables.js';
import { nearest } from '../errors/nearest.js';
import type { CatalogSettings } from '../iceberg/catalog-settings.js';
import { readCatalog } from './catalog.js';
import { DEDUPLICATE, SOURCE } from './defaults.js';
import { readEnrich } from './enrich-files.js';
import { shown } from './field-types.js';
import { findLogSource, type LogSourceFiles } from './log-source-files.js';
import type { LogSourceFile, TableFile } from './log-source-schema.js';
import { type PlaceFlags, readPlaces } from './places.js';
import type { SourceSettings } from './settings.js';
import { tableColumns } from './table-columns.js';
import { readTransform } from './transform-file.js';
import { readUserSchema } from './user-fields.js';
import { textAt, type YamlFile } from './yaml-file.js';

export interface LogSource {
  /** Absent where nobody says where the bucket is, and where there are mistakes. */
  source?: SourceSettings;
  /** Of the tables; known also where the source is not. */
  name: string;
  /** Absent where there are mistakes. */
  warehouse?: string;
  catalog: CatalogSettings;
  mistakes: string[];
}

/** Mistakes in the files are collected, those in a flag thrown. Paths in files begin at the project, in flags at `cwd`. */
export function readLogSource(
  projectDir: string,
  cwd: string,
  flags: PlaceFlags,
  /** Where transforms and databases may lie. */
  allowed: readonly string[] = [projectDir],
): LogSource {
  const files = findLogSource(projectDir);
  const logSource = files?.logSource;
  const said = (...path: string[]): string | undefined => logSource && textAt(logSource, path);
  const { location, keyPrefix, warehouse, said: places } = readPlaces(logSource, projectDir, cwd, flags);
  const name = said('name') ?? SOURCE.name;
  const content = files === undefined ? withoutFiles(name) : readContent(files, name, projectDir, allowed);
  const catalog = readCatalog(logSource, warehouse);
  if (logSource?.value && location === undefined && logSource.mistakes.length === 0) {
    logSource.blame(
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
    said: places,
    keyPattern: said('ingest', 's3_source', 'key_pattern'),
    warehouse,
    catalog,
    deduplicate: deduplicateOf(logSource?.value?.deduplicate),
    ...content,
  };
  return { source, name, warehouse, catalog, mistakes };
}

/** On where nothing is said: AWS delivers at least once, so a table that keeps every delivery counts some events twice. */
function deduplicateOf(given: LogSourceFile['deduplicate']): DeduplicateConfig | undefined {
  if (given?.on === false) return undefined;
  return { windowDays: given?.section?.window_days ?? DEDUPLICATE.windowDays };
}

type Content = Pick<SourceSettings, 'tables' | 'enrich' | 'files' | 'origins'>;

/** What flags alone make: the default table, with nothing added by anybody. */
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
    const { columns, origins: places } = tableColumns(key, schemas);
    origins[key] = places;
    const chosen = own ?? transform;
    configs.push({
      key,
      name: nameOf(name, key),
      columns,
      ...(chosen === undefined ? {} : { transform: chosen }),
    });
  }
  return { tables: configs, files, origins, ...(enrich === undefined ? {} : { enrich }) };
}

/** A managed table keeps its name; the file's name says which one it is. */
function checkName(file: YamlFile<TableFile>, key: TableKey): void {
  const given = file.value?.name;
  if (given === undefined || given === key) return;
  const meant = typeof given === 'string' ? nearest(given, ['default', 'insights', 'digest']) : undefined;
  const hint =
    meant === undefined || meant === key ? '' : ` The table ${meant} has a file of its own, tables/${meant}.yml.`;
  file.blame(['name'], `name is ${shown(given)}. Allowed: ${key}, as the file is called.${hint}`);
}

function mistakesOf({ logSource, tables, mistakes }: LogSourceFiles): string[] {
  return [...mistakes, ...logSource.mistakes, ...[...tables.values()].flatMap((file) => file?.mistakes ?? [])];
}
