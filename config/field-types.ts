/**
 * The types of user columns, in the notation of Iceberg's JSON, which Matano also uses:
 * `string`, `{type: list, element: …}`, `{type: struct, fields: [{name, type}]}`. https://iceberg.apache.org/spec/#schemas
 */

import type { ColumnType, PrimitiveType, StructMember } from '../iceberg/types.js';
import { nearest } from '../text/nearest.js';
import { type Path, unknownKey, type YamlFile } from './yaml-file.js';

/** Primitive types by their name in the file. Times are UTC, as in the records: Matano's `timestamp` is Iceberg's timestamptz. */
export const PRIMITIVES: Record<string, PrimitiveType> = {
  string: 'string',
  boolean: 'boolean',
  int: 'int',
  long: 'long',
  float: 'float',
  double: 'double',
  timestamp: 'timestamptz',
  timestamptz: 'timestamptz',
  date: 'date',
};
const WORDS = Object.keys(PRIMITIVES).filter((word) => word !== 'timestamptz');
const LIST = '{type: list, element: string}';
const STRUCT = '{type: struct, fields: [{name: id, type: string}]}';
const ALLOWED = `${WORDS.join(', ')}, ${LIST}, ${STRUCT}`;

/** What to suggest for type names of other systems. */
const SUGGESTIONS: Record<string, string> = {
  text: 'string',
  str: 'string',
  varchar: 'string',
  keyword: 'string',
  ip: 'string',
  uuid: 'string',
  bool: 'boolean',
  integer: 'int',
  bigint: 'long',
  number: 'double',
  real: 'float',
  decimal: 'double',
  datetime: 'timestamp',
  time: 'timestamp',
  list: LIST,
  array: LIST,
  struct: STRUCT,
  record: STRUCT,
  object: 'string, with `convert: json`',
  map: 'string, with `convert: json`',
  json: 'string, with `convert: json`',
  variant: 'string, with `convert: json`',
};

/** Matches a valid field name: a word that SQL accepts without quotes. */
export const NAME = /^[a-z_][a-z0-9_]*$/i;

/** Whether the value is a YAML mapping, rather than a list or a scalar. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Formats a value of a file for messages. */
export function quotedValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return isMapping(value) ? 'a section' : JSON.stringify(value);
}

/** Reads the type at a path; `undefined` if it has mistakes, which are reported to the file. `column` is its name in messages. */
export function readType(file: YamlFile<unknown>, value: unknown, path: Path, column: string): ColumnType | undefined {
  if (isMapping(value)) return readNested(file, value, path, column);
  if (typeof value === 'string' && Object.hasOwn(PRIMITIVES, value)) return PRIMITIVES[value];
  if (value === undefined) {
    file.report(path.slice(0, -1), `The column ${column} has no type. Allowed: ${ALLOWED}.`);
    return undefined;
  }
  const word = typeof value === 'string' ? value.toLowerCase() : '';
  const base = /^[a-z]*/.exec(word)?.[0] ?? '';
  const meant = own(SUGGESTIONS, base) ?? nearest(word, WORDS);
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
  file.report(path, `The type of the column ${column} is ${quotedValue(value)}.${hint} Allowed: ${ALLOWED}.`);
  return undefined;
}

function readNested(
  file: YamlFile<unknown>,
  value: Record<string, unknown>,
  path: Path,
  column: string,
): ColumnType | undefined {
  if (value.type === 'list') {
    onlyKeys(file, value, path, ['type', 'element']);
    const element = readType(file, value.element, [...path, 'element'], `${column} (its elements)`);
    return element === undefined ? undefined : { list: element };
  }
  if (value.type === 'struct') {
    onlyKeys(file, value, path, ['type', 'fields']);
    return readStruct(file, value.fields, [...path, 'fields'], column);
  }
  if (value.type === undefined || isMapping(value.type)) {
    file.report(path, `The type of the column ${column} is incomplete. Allowed: ${LIST} or ${STRUCT}.`);
    return undefined;
  }
  // `type: {type: string}` is the same as `type: string`.
  if (Object.keys(value).length === 1) return readType(file, value.type, [...path, 'type'], column);
  const meant = own(SUGGESTIONS, String(value.type));
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
  file.report(
    [...path, 'type'],
    `The type of the column ${column} is ${quotedValue(value.type)}.${hint} Allowed: ${ALLOWED}.`,
  );
  return undefined;
}

/** Reads the members of a value that is read as a whole; each is looked up in the record by its own name. */
function readStruct(file: YamlFile<unknown>, value: unknown, path: Path, column: string): ColumnType | undefined {
  if (!Array.isArray(value) || value.length === 0) {
    file.report(path, `The struct ${column} has no fields. Write ${STRUCT}.`);
    return undefined;
  }
  const members: StructMember[] = [];
  let isValid = true;
  for (const [index, item] of value.entries()) {
    const member = readMember(file, item, [...path, index], column);
    if (member === undefined) isValid = false;
    else if (members.some(({ name }) => name.toLowerCase() === member.name.toLowerCase())) {
      file.report(
        [...path, index, 'name'],
        `The struct ${column} has the field ${member.name} twice. Keep one of them.`,
      );
      isValid = false;
    } else members.push(member);
  }
  return isValid ? { struct: members } : undefined;
}

function readMember(file: YamlFile<unknown>, item: unknown, path: Path, column: string): StructMember | undefined {
  if (!isMapping(item) || typeof item.name !== 'string' || !NAME.test(item.name)) {
    const at = isMapping(item) && item.name !== undefined ? [...path, 'name'] : path;
    file.report(
      at,
      `A field of the struct ${column} has no valid name. Allowed: {name: …, type: …}, with a name of ${NAME_ALLOWED}.`,
    );
    return undefined;
  }
  for (const key of ['from', 'convert', 'default']) {
    if (item[key] === undefined) continue;
    file.report(
      [...path, key],
      `${key} is not allowed here: ${column} is read as one value, and its field ${item.name} is the member ${item.name} of it. ` +
        'Remove it, or make the field a separate column.',
      'key',
    );
    return undefined;
  }
  onlyKeys(file, item, path, ['name', 'type', 'doc']);
  const type = readType(file, item.type, [...path, 'type'], `${column}.${item.name}`);
  if (type === undefined) return undefined;
  return { name: item.name, type, ...(typeof item.doc === 'string' ? { doc: item.doc } : {}) };
}

/** What {@link NAME} allows, for the end of a sentence. */
export const NAME_ALLOWED = 'letters, digits and _, not beginning with a digit';

/** Messages for other keys of Iceberg's JSON schemas. */
const ICEBERG_KEYS: Record<string, string> = {
  id: 'is assigned by the table. Remove it.',
  required: 'is not supported: added columns are always optional. Remove it.',
  'element-id': 'is assigned by the table. Remove it.',
  'element-required': 'is not supported: elements are always optional. Remove it.',
};

/** Own properties only: a key of a file may have the name of an inherited property, such as `constructor`. */
function own(words: Record<string, string>, key: string): string | undefined {
  return Object.hasOwn(words, key) ? words[key] : undefined;
}

/**
 * Reports every key of a section that is not allowed.
 * @param foreign messages for known keys of other programs
 */
export function onlyKeys(
  file: YamlFile<unknown>,
  section: Record<string, unknown>,
  path: Path,
  allowed: readonly string[],
  foreign: Record<string, string> = {},
): void {
  for (const key of Object.keys(section)) {
    if (allowed.includes(key)) continue;
    const known = own(foreign, key) ?? own(ICEBERG_KEYS, key);
    const what = known === undefined ? unknownKey(sectionName(path), key, allowed) : `${key} ${known}`;
    file.report([...path, key], what, 'key');
  }
}

/** Formats a path for messages: `schema.fields[2].type`. */
export function sectionName(path: Path): string {
  return path.reduce<string>((name, part) => {
    if (typeof part === 'number') return `${name}[${part}]`;
    return name === '' ? String(part) : `${name}.${String(part)}`;
  }, '');
}
