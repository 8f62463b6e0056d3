/** The sections `upkeep` and `retention` of log_source.yml, and `retention` and `sort_by` of the table files. */

import { columnsOf } from '../cloudtrail/table-columns.js';
import type { TableConfig, TableKey } from '../cloudtrail/table-config.js';
import type { ColumnType } from '../iceberg/types.js';
import { nearest } from '../text/nearest.js';
import { quotedValue } from './field-types.js';
import { LOG_SOURCE_TABLE } from './log-source-table.js';
import type { LogSourceFile, TableSettingsFile } from './schema.js';
import { withDefaults } from './setting.js';
import type { RetainedRole, UpkeepSettings } from './settings.js';
import type { YamlFile } from './yaml-file.js';

/** The settings of a project that does not configure upkeep. */
export const DEFAULT_UPKEEP: UpkeepSettings = readUpkeep(undefined, []);

/** Reads the settings; mistakes are reported to the files. `tables`: the configured tables, and their files if they have one. */
export function readUpkeep(
  file: YamlFile<LogSourceFile> | undefined,
  tables: readonly { config: TableConfig; file?: YamlFile<TableSettingsFile> }[],
): UpkeepSettings {
  const given = file?.value?.upkeep;
  const settings = withDefaults(LOG_SOURCE_TABLE.members.upkeep, given?.section);
  const shared = file?.value?.retention?.days;
  const retentionDays: Partial<Record<RetainedRole, number>> =
    shared === undefined ? {} : { rejects: shared, integrity: shared };
  const sortBy: Partial<Record<TableKey, readonly string[]>> = {};
  for (const { config, file: own } of tables) {
    const days = own?.value?.retention?.days ?? shared;
    if (days !== undefined) retentionDays[config.key] = days;
    const columns = own === undefined ? undefined : sortColumns(own, config);
    if (columns !== undefined) sortBy[config.key] = columns;
  }
  return {
    scheduled: given?.on !== false,
    compactAfterDays: settings.compact_after_days,
    targetFileBytes: settings.target_file_size,
    keepSnapshotsDays: settings.keep_snapshots_days,
    keepSnapshots: settings.keep_snapshots,
    keepUnusedDays: settings.keep_unused_days,
    retentionDays,
    sortBy,
  };
}

/** The columns of `sort_by`. Lists and structs have no order. */
function sortColumns(file: YamlFile<TableSettingsFile>, config: TableConfig): string[] | undefined {
  const given = file.value?.sort_by;
  if (given === undefined) return undefined;
  const known = new Map(columnsOf(config).map(({ name, type }) => [name, type]));
  const sortable = [...known].flatMap(([name, type]) => (hasOrder(type) ? [name] : []));
  given.forEach((name, index) => {
    const path = Array.isArray((file.raw as { sort_by?: unknown }).sort_by) ? ['sort_by', index] : ['sort_by'];
    const type = known.get(name);
    if (type !== undefined && !hasOrder(type))
      file.report(path, `${name} is a list or a struct, which has no order. Allowed: columns with single values.`);
    if (type === undefined) {
      const meant = nearest(name, sortable);
      const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
      file.report(path, `The table ${config.key} has no column ${quotedValue(name)}.${hint}`);
    }
    if (given.indexOf(name) !== index) file.report(path, `${name} is listed twice.`);
  });
  return given;
}

const hasOrder = (type: ColumnType): boolean => typeof type === 'string';
