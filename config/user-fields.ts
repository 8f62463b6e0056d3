/** `schema` of log_source.yml and of a table's file: the columns that a user adds, each checked separately. */
import { isDay } from '../cloudtrail/object-key.js';
import type { UserColumn, UserConversion } from '../cloudtrail/table-config.js';
import type { ColumnType } from '../iceberg/types.js';
import { nearest } from '../text/nearest.js';
import { COLUMN_KEYS, CONVERSIONS } from './column-settings.js';
import { isMapping, NAME, NAME_ALLOWED, onlyKeys, quotedValue, readType, sectionName } from './field-types.js';
import { LOG_SOURCE_TABLE } from './log-source-table.js';
import { parseRecordPath } from './record-path.js';
import type { Path, YamlFile } from './yaml-file.js';

/** A column with its place in a file. */
export interface PlacedColumn {
  column: UserColumn;
  file: YamlFile<unknown>;
  path: Path;
}

/** The name of an ECS field with its place in a file. */
export interface PlacedName {
  name: string;
  file: YamlFile<unknown>;
  path: Path;
}

/** What `schema` of one file adds to a table. */
export interface UserSchema {
  ecs: PlacedName[];
  fields: PlacedColumn[];
}

const SCHEMA_KEYS = Object.keys(LOG_SOURCE_TABLE.members.schema.members);
const FIELD_EXAMPLE = '{name: bucket, type: string, from: requestParameters.bucketName}';

/** Reads the `schema` of a file; mistakes are reported to the file. */
export function readUserSchema(file: YamlFile<unknown>): UserSchema {
  const found: UserSchema = { ecs: [], fields: [] };
  const schema = isMapping(file.raw) ? file.raw.schema : undefined;
  if (schema === undefined) return found;
  if (!isMapping(schema)) {
    file.report(['schema'], `schema is not a section. Allowed: a section with ${SCHEMA_KEYS.join(', ')}.`);
    return found;
  }
  onlyKeys(file, schema, ['schema'], SCHEMA_KEYS);
  for (const [index, name] of listAt(file, schema, 'ecs_field_names', '["host.name"]').entries()) {
    const path = ['schema', 'ecs_field_names', index];
    if (typeof name === 'string') found.ecs.push({ name: name.trim(), file, path });
    else file.report(path, `${sectionName(path)} is not a name. Allowed: the name of an ECS field, such as host.name.`);
  }
  readFields(file, listAt(file, schema, 'fields', `[${FIELD_EXAMPLE}]`), ['schema', 'fields'], '', found.fields);
  return found;
}

function listAt(
  file: YamlFile<unknown>,
  section: Record<string, unknown>,
  key: string,
  example: string,
): readonly unknown[] {
  const value = section[key];
  if (value === undefined || Array.isArray(value)) return value ?? [];
  file.report(['schema', key], `schema.${key} is not a list. Allowed: a list, such as ${example}.`);
  return [];
}

/** Reads columns. A struct without `from` is only a prefix of the names of its fields. */
function readFields(
  file: YamlFile<unknown>,
  items: readonly unknown[],
  path: Path,
  prefix: string,
  found: PlacedColumn[],
): void {
  for (const [index, item] of items.entries()) readField(file, item, [...path, index], prefix, found);
}

function readField(file: YamlFile<unknown>, item: unknown, path: Path, prefix: string, found: PlacedColumn[]): void {
  if (!isMapping(item)) {
    file.report(path, `${sectionName(path)} is not a section. Allowed: ${FIELD_EXAMPLE}.`);
    return;
  }
  onlyKeys(file, item, path, COLUMN_KEYS, {
    element: 'belongs to the type: write type: {type: list, element: …}.',
    fields: 'belongs to the type: write type: {type: struct, fields: […]}.',
    path: 'is unknown. Did you mean from?',
    source: 'is unknown. Did you mean from?',
  });
  const own = item.name;
  if (typeof own !== 'string' || !own.split('.').every((part) => NAME.test(part))) {
    const given = own === undefined ? 'is missing' : `is ${quotedValue(own)}`;
    const at = own === undefined ? path : [...path, 'name'];
    file.report(at, `${sectionName(path)}.name ${given}. Allowed: words of ${NAME_ALLOWED}, separated by dots.`);
    return;
  }
  const name = prefix + own;
  const { type: given } = item;
  if (isMapping(given) && given.type === 'struct' && item.from === undefined && Array.isArray(given.fields)) {
    onlyKeys(file, given, [...path, 'type'], ['type', 'fields']);
    for (const key of ['convert', 'default']) {
      if (item[key] !== undefined)
        file.report([...path, key], `${key} applies to a single value, but ${name} has several. Remove it.`, 'key');
    }
    readFields(file, given.fields, [...path, 'type', 'fields'], `${name}.`, found);
    return;
  }
  const type = readType(file, given, [...path, 'type'], name);
  const from = readFrom(file, item.from, [...path, 'from'], name);
  const convert = type && readConversion(file, item, path, name, type);
  const defaultValue = type && readDefault(file, item.default, [...path, 'default'], name, type);
  const doc = readDoc(file, item.doc, [...path, 'doc'], name);
  if (type === undefined) return;
  found.push({
    column: {
      name,
      type,
      doc,
      ...(from === undefined ? {} : { from }),
      ...(from === undefined || convert === undefined ? {} : { convert }),
      ...(defaultValue === undefined ? {} : { default: defaultValue }),
    },
    file,
    path: [...path, 'name'],
  });
}

function readDoc(file: YamlFile<unknown>, value: unknown, path: Path, name: string): string {
  if (value === undefined || typeof value === 'string') return value ?? '';
  file.report(path, `doc of the column ${name} is not text. Put it in quotes.`);
  return '';
}

function readFrom(file: YamlFile<unknown>, value: unknown, path: Path, name: string): string[] | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.length > 0 && value.every((key) => typeof key === 'string')) return value;
  const keys =
    typeof value === 'string' ? parseRecordPath(value) : 'A path must be text, such as requestParameters.bucketName';
  if (typeof keys !== 'string') return keys;
  file.report(path, `from of the column ${name} is ${quotedValue(value)}. ${keys}.`);
  return undefined;
}

function readConversion(
  file: YamlFile<unknown>,
  { convert, from }: Record<string, unknown>,
  path: Path,
  name: string,
  type: ColumnType,
): UserConversion | undefined {
  const allowed = typeof type === 'string' ? CONVERSIONS[type] : [];
  if (convert === undefined) return allowed[0];
  if (from === undefined) {
    file.report(
      [...path, 'convert'],
      `convert of the column ${name} requires from: the path of the value to convert.`,
      'key',
    );
    return undefined;
  }
  const known = allowed.find((word) => word === convert);
  if (known !== undefined) return known;
  const words = allowed.length === 0 ? 'none for lists and structs: remove it' : `${allowed.join(', ')} for this type`;
  const meant = typeof convert === 'string' ? nearest(convert, allowed) : undefined;
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
  file.report(
    [...path, 'convert'],
    `convert of the column ${name} is ${quotedValue(convert)}.${hint} Allowed: ${words}.`,
  );
  return undefined;
}

const INT = 2 ** 31;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})$/;
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** Valid defaults by type. */
const DEFAULTS: Record<string, { allowed: string; fits(value: unknown): boolean }> = {
  string: { allowed: 'text, in quotes if it looks like another type', fits: (value) => typeof value === 'string' },
  boolean: { allowed: 'true or false', fits: (value) => typeof value === 'boolean' },
  int: {
    allowed: `a whole number from ${-INT} to ${INT - 1}`,
    fits: (value) => isWhole(value) && value >= -INT && value < INT,
  },
  long: { allowed: 'a whole number below 2^53', fits: isWhole },
  float: { allowed: 'a number', fits: isNumber },
  double: { allowed: 'a number', fits: isNumber },
  timestamptz: {
    allowed: 'a time such as 2023-07-10T12:00:00Z',
    fits: (value) => typeof value === 'string' && TIME.test(value) && !Number.isNaN(Date.parse(value)),
  },
  date: {
    allowed: 'a day such as 2023-07-10',
    fits: (value) => typeof value === 'string' && isDay(value),
  },
};

function readDefault(
  file: YamlFile<unknown>,
  value: unknown,
  path: Path,
  name: string,
  type: ColumnType,
): UserColumn['default'] {
  if (value === undefined) return undefined;
  const rule = typeof type === 'string' ? DEFAULTS[type] : undefined;
  if (rule?.fits(value)) return value as UserColumn['default'];
  const allowed = rule?.allowed ?? 'none for lists and structs: remove it';
  file.report(path, `default of the column ${name} is ${quotedValue(value)}. Allowed: ${allowed}.`);
  return undefined;
}
