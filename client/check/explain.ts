/** Explains the configuration: the tables, their columns, and the origin of each column. */
import { managedColumns } from '../../cloudtrail/managed-columns.js';
import { TABLE_KEYS, type TableConfig, type TableKey, type UserColumn } from '../../cloudtrail/table-config.js';
import { tableNameOf } from '../../cloudtrail/tables.js';
import { formatRecordPath } from '../../config/record-path.js';
import type { SourceSettings } from '../../config/settings.js';
import { columnTypeText } from '../../config/table-columns.js';
import { nearest } from '../../text/nearest.js';

/** A column as `check` explains it; part of its JSON. */
export interface ExplainedColumn {
  name: string;
  type: string;
  /** Path of its value in the record; `null` if the value is not at a single path. */
  from: string | null;
  /** A description of what fills it, if there is no path. */
  filledBy: string | null;
  /** `managed`, or the file and line of its definition. */
  origin: string;
  doc: string;
}

/** A table as `check` explains it; part of its JSON. */
export interface ExplainedTable {
  key: TableKey;
  name: string;
  /** False if its objects are skipped. */
  wanted: boolean;
  columns: ExplainedColumn[];
  /** Path of the module. */
  transform: string | null;
}

/** Explains all CloudTrail tables, including those that are not configured. */
export function explainTables(source: SourceSettings): ExplainedTable[] {
  return TABLE_KEYS.map((key) => {
    const config = source.tables.find((table) => table.key === key);
    if (config === undefined) {
      return { key, name: tableNameOf(source.name, key), wanted: false, columns: [], transform: null };
    }
    const own = config.columns.map((column) => explainUserColumn(column, config, source.origins[key] ?? {}));
    return {
      key,
      name: config.name,
      wanted: true,
      columns: [...explainManaged(key), ...own],
      transform: config.transform?.path ?? null,
    };
  });
}

function explainManaged(key: TableKey): ExplainedColumn[] {
  return managedColumns(key).map((column) => ({
    name: column.name,
    type: columnTypeText(column.type),
    from: column.path === undefined ? null : formatRecordPath(column.path),
    filledBy: column.path === undefined ? column.filledBy : null,
    origin: 'managed',
    doc: column.doc,
  }));
}

function explainUserColumn(
  column: UserColumn,
  { transform }: TableConfig,
  origins: Readonly<Record<string, string>>,
): ExplainedColumn {
  const { name, type, doc, from, default: preset } = column;
  const others = [
    ...(preset === undefined ? [] : [`default ${JSON.stringify(preset)}`]),
    ...(transform === undefined ? [] : ['the transform']),
  ];
  return {
    name,
    type: columnTypeText(type),
    from: from === undefined ? null : formatRecordPath(from),
    filledBy: from === undefined ? others.join(', or ') || 'nothing' : null,
    origin: origins[name] ?? '',
    doc,
  };
}

/**
 * Warnings about valid settings that are probably not intended: different key prefixes, paths that start with an unknown key, and
 * columns that are never filled.
 */
export function remarksOn(source: SourceSettings): string[] {
  const known = new Set(
    TABLE_KEYS.flatMap((key) => managedColumns(key).flatMap(({ path }) => path?.slice(0, 1) ?? [])),
  );
  const remarks = new Set<string>(prefixRemarks(source));
  for (const { key, columns, transform } of source.tables) {
    for (const { name, from, default: preset } of columns) {
      const place = source.origins[key]?.[name];
      if (place === undefined) continue;
      if (from !== undefined && !known.has(from[0])) {
        const meant = nearest(from[0], [...known]);
        const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
        remarks.add(
          `${place}  ${name} is read from ${formatRecordPath(from)}, but ${from[0]} is not a known key of records.${hint}`,
        );
      }
      if (from === undefined && preset === undefined && transform === undefined) {
        remarks.add(
          `${place}  ${name} is never filled: it has no from and no default, and its table has no transform.`,
        );
      }
    }
  }
  return [...remarks];
}

/** If several different key prefixes are set, the first one is used. */
function prefixRemarks({ placeOrigins }: SourceSettings): string[] {
  const [first, ...others] = placeOrigins?.keyPrefixes ?? [];
  return others
    .filter(({ value }) => value !== first.value)
    .map(
      ({ from, value }) =>
        `${first.from} (${JSON.stringify(first.value)}) takes precedence over ${from} (${JSON.stringify(value)}), which is not used.`,
    );
}
