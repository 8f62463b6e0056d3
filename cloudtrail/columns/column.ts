/**
 * The kinds of table columns. A *direct* column holds exactly the value at one path of the record, so the record can be
 * rebuilt from it. A direct column whose path is below that of another direct column, or that is marked `copy`, is a
 * *copy* and is ignored when a record is rebuilt. A *derived* column is computed from other columns. A *free* column is
 * filled only by its default or by a transform. Values that have no column, or do not fit their column, are kept in
 * `aws.cloudtrail.unmapped`.
 */
import type { ColumnSpec, ColumnType, StructMember } from '../../iceberg/types.js';
import type { Derivation } from '../derived/derivation.js';

/**
 * How a single value of the record is converted to a column value. If the column value is not exactly what was
 * delivered, the delivered value is also kept in `unmapped`.
 * - `text`: a JSON string. Numbers and booleans are converted to text (inexact).
 * - `boolean`: `true` / `false`; also the strings "true" / "false" (inexact).
 * - `time`: `YYYY-MM-DDTHH:MM:SSZ`; also other ISO 8601 forms (inexact).
 * - `date`: `YYYY-MM-DD`; also the UTC day of a time (inexact).
 * - `integer`: a whole number in the range of the type; also as a string, or written as `1.0` or `1e3` (inexact).
 * - `number`: a number; also as a string, or with more digits than a double can represent (inexact).
 * - `json`: the text of any value, as delivered, unless JSON functions would reject it: see portable-json.ts.
 */
export type LeafConversion = 'text' | 'boolean' | 'time' | 'date' | 'integer' | 'number' | 'json';

/**
 * The shape of a nested value: the element shape of a list, or the mapping from object keys to struct members. A member
 * that is null in the column was not delivered. If the value contains something that the column cannot represent (a
 * delivered null, a member that has no column), the whole value is also kept in `unmapped`.
 */
export type Shape = LeafConversion | { list: Shape } | { members: readonly ShapeMember[] };

/** A key of an object and the struct member that it maps to. */
export interface ShapeMember {
  /** Key in the record. */
  key: string;
  /** Member name in the struct. */
  name: string;
  shape: Shape;
  doc?: string;
}

/** How a value is converted. `true_text`: the string "true" becomes true; anything else goes to `unmapped`. */
export type Conversion = LeafConversion | 'true_text' | { shape: Shape };

/** The value used when the record has none; times are ISO 8601 text, dates `YYYY-MM-DD`. */
export type DefaultValue = string | number | boolean;

/** A column that is read from one path of the record. */
export interface DirectColumn extends ColumnSpec {
  kind: 'direct';
  /** Path in the record, keys joined by dots. */
  path: string;
  /** The keys as a list; set if one of them contains a dot. */
  keys?: readonly string[];
  as: Conversion;
  /** Reads without consuming: the value is also kept elsewhere. */
  copy?: true;
  default?: DefaultValue;
}

/** A column that is computed from other columns. */
interface DerivedColumn extends ColumnSpec {
  kind: 'derived';
  derivation: Derivation;
}

/** A column that the decoder writes itself: unmapped members, or metadata of the source file. */
interface DecoderColumn extends ColumnSpec {
  kind: 'decoder';
  role: DecoderRole;
}

/** The time that determines the row's day: the first of these direct columns that has a value. */
export interface TimeColumn extends ColumnSpec {
  kind: 'time';
  firstOf: readonly [string, ...string[]];
}

/** What a decoder column holds: a property of the record or of its file. */
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

/** A column that is filled only by its default or by a transform. */
interface FreeColumn extends ColumnSpec {
  kind: 'free';
  default?: DefaultValue;
}

/** A column of a table that CloudTrail files are decoded into. */
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

/** Creates a column for one path of the record; its type is derived from the conversion. */
export function direct(name: string, path: string, as: Conversion, doc: string): DirectColumn {
  const type = typeof as === 'string' ? TYPE_OF[as] : typeOfShape(as.shape);
  return { kind: 'direct', name, path, as, type, doc };
}

/** Creates a direct column named `aws.cloudtrail.<name>`. */
export const ct = (name: string, path: string, as: Conversion, doc: string): DirectColumn =>
  direct(`aws.cloudtrail.${name}`, path, as, doc);

/** Creates a column that is computed from other columns. */
export function derived(name: string, type: ColumnType, derivation: Derivation, doc: string): DerivedColumn {
  return { kind: 'derived', name, type, derivation, doc };
}

/** Creates a column that the decoder writes; a text column by default. */
export function decoderColumn(
  role: DecoderRole,
  name: string,
  doc: string,
  type: ColumnType = 'string',
): DecoderColumn {
  return { kind: 'decoder', role, name, type, doc };
}

/** Marks a lookup column: see `lookup` in {@link ColumnSpec}. */
export function lookup<C extends CloudTrailColumn>(column: C): C {
  return { ...column, lookup: true };
}

/** Creates `ts`: the first of these columns that has a value. A record for which none has one is rejected. */
export function timeOfRow(firstOf: TimeColumn['firstOf'], doc: string): TimeColumn {
  return { kind: 'time', name: 'ts', type: 'timestamptz', required: true, firstOf, doc };
}

/** Returns the keys of a direct column's path. */
export function keysOf(column: DirectColumn): readonly string[] {
  return column.keys ?? column.path.split('.');
}

/**
 * Returns the direct columns that consume the value they read, keyed by the JSON text of their keys; all other direct
 * columns are copies. Throws if two columns consume the same path.
 */
export function consumingColumns(table: readonly CloudTrailColumn[]): Map<string, DirectColumn> {
  const byPath = new Map<string, DirectColumn>();
  for (const column of table) {
    if (column.kind !== 'direct' || column.copy) continue;
    const path = JSON.stringify(keysOf(column));
    if (byPath.has(path)) throw new Error(`${column.name} and ${byPath.get(path)?.name} both consume ${column.path}`);
    byPath.set(path, column);
  }
  const hasConsumedParent = (column: DirectColumn): boolean => {
    const keys = keysOf(column);
    return keys.some((_, depth) => depth > 0 && byPath.has(JSON.stringify(keys.slice(0, depth))));
  };
  return new Map([...byPath].filter(([, column]) => !hasConsumedParent(column)));
}

/** `tags` and `labels`: columns of every table, for transforms to fill. */
export const FREE_COLUMNS: readonly FreeColumn[] = [
  { kind: 'free', name: 'tags', type: { list: 'string' }, doc: 'Keywords; filled by a transform only' },
  {
    kind: 'free',
    name: 'labels',
    type: 'string',
    doc: 'Key and value pairs, a JSON object; filled by a transform only',
  },
];

/** The delivered text of a record that contains JSON that SQL engines cannot read. */
export const ORIGINAL = decoderColumn(
  'original',
  'event.original',
  'Text of the whole record as delivered, if JSON text in its row had to be changed so that SQL engines can read it; otherwise null',
);

/**
 * The two columns for members that have no column or no value. Together with the others they allow a record to be rebuilt from
 * its row.
 */
export const UNMAPPED_COLUMNS: readonly DecoderColumn[] = [
  decoderColumn(
    'unmapped',
    'aws.cloudtrail.unmapped',
    'Members that have no column or do not fit their column: a JSON object, nested as in the record',
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

/** Address of the file that the row came from: `log.file.path`. */
export const FILE_PATH = lookup(
  decoderColumn('file_path', 'log.file.path', 'Address of the CloudTrail file that the row came from'),
);
