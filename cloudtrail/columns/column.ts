/**
 * The kinds of columns of a table. A *direct* column holds what one path of the record had, and nothing else, so that it
 * can be turned back into it; below the path of another direct column, or with `copy`, it is a *copy*, which the
 * rebuilding of a record ignores. A *derived* one is computed from others, a *free* one is filled by its default
 * or a transform only. What has no column, or does not fit it, is kept in `aws.cloudtrail.unmapped`.
 */
import type { ColumnSpec, ColumnType, StructMember } from '../../iceberg/types.js';
import type { Derivation } from '../derived/derivation.js';

/**
 * How a single value of the record becomes a value of the column.
 * - `text`: a JSON string. Numbers and booleans become their text; the delivered value is then also in `unmapped`.
 * - `boolean`: `true` / `false`; the strings "true" / "false" likewise, with the delivered value in `unmapped`.
 * - `time`: `YYYY-MM-DDTHH:MM:SSZ`; other ISO 8601 forms likewise, with the delivered value in `unmapped`.
 * - `date`: `YYYY-MM-DD`; of a time its day in UTC, with the delivered value in `unmapped`.
 * - `integer`: a whole number that fits the type; as a string, or written as `1.0` or `1e3`, likewise with the
 *   delivered value in `unmapped`.
 * - `number`: a number; as a string likewise, and where a double cannot say all its digits.
 * - `json`: the text of any value, as it was delivered, unless JSON functions would refuse it: see portable-json.ts.
 */
export type LeafConversion = 'text' | 'boolean' | 'time' | 'date' | 'integer' | 'number' | 'json';

/**
 * The form of a nested value: what is inside a list, and which keys of an object are which members of a struct. A member
 * that is null in the column was not delivered. What a column cannot say this way (a delivered null, a member that has no
 * column) makes the whole value go to `unmapped` as well.
 */
export type Shape = LeafConversion | { list: Shape } | { members: readonly ShapeMember[] };

/** A key of an object, and the struct member that it becomes. */
export interface ShapeMember {
  /** In the record. */
  key: string;
  /** In the struct. */
  name: string;
  shape: Shape;
  doc?: string;
}

/** `true_text`: the string "true" becomes true; anything else goes to `unmapped`. */
export type Conversion = LeafConversion | 'true_text' | { shape: Shape };

/** The value of rows whose record has none; a time is ISO 8601 text, a date `YYYY-MM-DD`. */
export type DefaultValue = string | number | boolean;

/** A column that is read from one path of the record. */
export interface DirectColumn extends ColumnSpec {
  kind: 'direct';
  /** Path in the record, its keys joined by dots. */
  path: string;
  /** The keys themselves, where one of them has a dot. */
  keys?: readonly string[];
  as: Conversion;
  /** Reads without consuming: what it reads is kept elsewhere too. */
  copy?: true;
  default?: DefaultValue;
}

/** A column that is computed from others. */
interface DerivedColumn extends ColumnSpec {
  kind: 'derived';
  derivation: Derivation;
}

/** Written by the decoder itself: unmapped members, and facts about the file that the row came from. */
interface DecoderColumn extends ColumnSpec {
  kind: 'decoder';
  role: DecoderRole;
}

/** The time that says to which day the row belongs: of these direct columns the first one with a value. */
export interface TimeColumn extends ColumnSpec {
  kind: 'time';
  firstOf: readonly [string, ...string[]];
}

/** What a decoder column holds: of the record, or of its file. */
export type DecoderRole =
  | 'original'
  | 'unmapped'
  | 'empty_members'
  | 'file_path'
  | 'record_index'
  | 'region'
  | 'sha256'
  | 'signature'
  | 'signature_algorithm'
  | 'backfill_time';

/** A column that only its default or a transform fills. */
interface FreeColumn extends ColumnSpec {
  kind: 'free';
  default?: DefaultValue;
}

/** A column of a table that CloudTrail's files are decoded into. */
export type CloudTrailColumn = DirectColumn | DerivedColumn | DecoderColumn | TimeColumn | FreeColumn;

const TYPE_OF: Record<LeafConversion | 'true_text', ColumnType> = {
  text: 'string',
  boolean: 'boolean',
  true_text: 'boolean',
  time: 'timestamptz',
  date: 'date',
  integer: 'long',
  number: 'double',
  json: 'string',
};

function typeOfShape(shape: Shape): ColumnType {
  if (typeof shape === 'string') return TYPE_OF[shape];
  if ('list' in shape) return { list: typeOfShape(shape.list) };
  const struct = shape.members.map(
    ({ name, shape: inner, doc }): StructMember => ({
      name,
      type: typeOfShape(inner),
      ...(doc === undefined ? {} : { doc }),
    }),
  );
  return { struct };
}

/** A column of one path; its type follows from the conversion. */
export function direct(name: string, path: string, as: Conversion, doc: string): DirectColumn {
  const type = typeof as === 'string' ? TYPE_OF[as] : typeOfShape(as.shape);
  return { kind: 'direct', name, path, as, type, doc };
}

/** A direct column under `aws.cloudtrail`. */
export const ct = (name: string, path: string, as: Conversion, doc: string): DirectColumn =>
  direct(`aws.cloudtrail.${name}`, path, as, doc);

/** A column that is computed from others. */
export function derived(name: string, type: ColumnType, derivation: Derivation, doc: string): DerivedColumn {
  return { kind: 'derived', name, type, derivation, doc };
}

/** A text column, or one of another type, that the decoder writes. */
export function decoderColumn(
  role: DecoderRole,
  name: string,
  doc: string,
  type: ColumnType = 'string',
): DecoderColumn {
  return { kind: 'decoder', role, name, type, doc };
}

/** `ts`: the first of these columns that has a value; a record without one is rejected. */
export function timeOfRow(firstOf: TimeColumn['firstOf'], doc: string): TimeColumn {
  return { kind: 'time', name: 'ts', type: 'timestamptz', required: true, firstOf, doc };
}

/** The keys of a direct column's path. */
export function keysOf(column: DirectColumn): readonly string[] {
  return column.keys ?? column.path.split('.');
}

/** The direct columns that consume what they read, by their keys as JSON text; all the others are copies. */
export function consumingColumns(table: readonly CloudTrailColumn[]): Map<string, DirectColumn> {
  const whole = new Map<string, DirectColumn>();
  for (const column of table) {
    if (column.kind !== 'direct' || column.copy) continue;
    const path = JSON.stringify(keysOf(column));
    if (whole.has(path)) throw new Error(`${column.name} and ${whole.get(path)?.name} both consume ${column.path}`);
    whole.set(path, column);
  }
  const above = (column: DirectColumn): boolean => {
    const keys = keysOf(column);
    return keys.some((_, depth) => depth > 0 && whole.has(JSON.stringify(keys.slice(0, depth))));
  };
  return new Map([...whole].filter(([, column]) => !above(column)));
}

/** `tags` and `labels`: in every table, for transforms to fill. */
export const FREE_COLUMNS: readonly FreeColumn[] = [
  { kind: 'free', name: 'tags', type: { list: 'string' }, doc: 'Keywords; filled by a transform only' },
  {
    kind: 'free',
    name: 'labels',
    type: 'string',
    doc: 'Key and value pairs, a JSON object; filled by a transform only',
  },
];

/** The delivered text of a record that holds JSON which SQL engines do not read. */
export const ORIGINAL = decoderColumn(
  'original',
  'event.original',
  'The delivered text of the whole record, where JSON text in its row had to be changed so that SQL engines can read it; else null',
);

/** The two columns for what has no column or no value: with them a record can be rebuilt from its row. */
export const UNMAPPED_COLUMNS: readonly DecoderColumn[] = [
  decoderColumn(
    'unmapped',
    'aws.cloudtrail.unmapped',
    'Whatever has no column or does not fit it: a JSON object, nested as in the record',
  ),
  decoderColumn(
    'empty_members',
    'aws.cloudtrail.empty_members',
    'Members that were delivered as null, {} or []: a JSON object, nested as in the record',
  ),
];

/** Position of the record in its file. */
export const RECORD_INDEX = decoderColumn(
  'record_index',
  'aws.cloudtrail.record_index',
  'Position of the record in its file, from 0',
  'int',
);

/** Address of the file that the row came from. */
export const FILE_PATH = decoderColumn(
  'file_path',
  'log.file.path',
  'Address of the CloudTrail file that the row came from',
);
