/**
 * Columns of rows that were read, in Arrow's layout: the source of `gather`. A column with only nulls has no vector.
 */
import { type Data, type Field, type Timestamp, TimeUnit, Type } from 'apache-arrow';
import type { IcebergType, StructType } from '../iceberg/types.js';
import { NO_WORDS, wordsOf } from './words.js';

/** 1 for rows with a value, least significant bit first. Absent: all rows have a value. */
interface MayBeNull {
  validity?: Uint8Array;
}
/** The bytes of a row are `data[offsets[row] .. offsets[row + 1]]`. */
export interface StringVector extends MayBeNull {
  kind: 'string';
  offsets: Int32Array;
  data: Uint8Array;
  /** The same bytes as `data`, and the bytes that follow them in memory. */
  words: DataView;
}
/** One bit per row. */
export interface BooleanVector extends MayBeNull {
  kind: 'boolean';
  bits: Uint8Array;
}
/** 32-bit integers, or days since 1970-01-01. */
export interface IntVector extends MayBeNull {
  kind: 'int';
  values: Int32Array;
}
/** 64-bit integers, or microseconds since the epoch: two words per row, the low one first. */
export interface LongVector extends MayBeNull {
  kind: 'long';
  words: Int32Array;
}
export interface DoubleVector extends MayBeNull {
  kind: 'double';
  values: Float64Array | Float32Array;
}
/** The elements of a row are `child[offsets[row] .. offsets[row + 1]]`. */
export interface ListVector extends MayBeNull {
  kind: 'list';
  offsets: Int32Array;
  child: Vector | undefined;
}
/** Members, in the order of the schema. */
export interface StructVector extends MayBeNull {
  kind: 'struct';
  children: readonly (Vector | undefined)[];
}
export type Vector = StringVector | BooleanVector | IntVector | LongVector | DoubleVector | ListVector | StructVector;

/** Whether a row has a value. */
export function hasValue({ validity }: Vector, row: number): boolean {
  return validity === undefined || (validity[row >> 3] & (1 << (row & 7))) !== 0;
}

/** Makes a vector of strings. */
export function stringVector(offsets: Int32Array, data: Uint8Array, validity: Uint8Array | undefined): StringVector {
  const words = data.length === 0 ? NO_WORDS : wordsOf(new Uint8Array(data.buffer, data.byteOffset));
  return { kind: 'string', validity, offsets, data, words };
}

/** The metadata key under which parquet-wasm stores the field id of a Parquet column. */
const FIELD_ID = 'PARQUET:field_id';

/**
 * The members of a struct, or the columns of a table, in the order of the schema. They are matched by field id (Iceberg spec,
 * "Column Projection"); one that the file does not have is `undefined`, which reads as null.
 * @param path of the struct, for messages; empty: a table
 */
export function vectorsOf(
  { fields }: StructType,
  arrow: readonly Field[],
  data: readonly Data[],
  path = '',
): (Vector | undefined)[] {
  const byId = new Map(arrow.map((field, index) => [field.metadata.get(FIELD_ID), index]));
  if (byId.has(undefined)) {
    const name = arrow[byId.get(undefined) as number].name;
    throw new Error(`its column ${path}${name} has no field id`);
  }
  return fields.map(({ id, name, type }) => {
    const index = byId.get(String(id));
    return index === undefined ? undefined : vectorOf(type, data[index], path + name);
  });
}

/**
 * The vector of a column; `undefined` if all rows are null. Throws an `Error` for a type that cannot be converted to
 * the table's.
 */
function vectorOf(type: IcebergType, data: Data, path: string): Vector | undefined {
  if (data.length > 0 && data.nullCount === data.length) return undefined;
  // Buffers of a slice would begin elsewhere, but a stream of whole batches has no slices.
  if (data.offset !== 0) throw new Error('a slice of an Arrow column');
  const validity = data.nullCount === 0 ? undefined : data.nullBitmap;
  const { children, values } = data;
  const found: number = data.type.typeId;
  if (typeof type === 'object') {
    if (type.type === 'struct' && found === Type.Struct)
      return { kind: 'struct', validity, children: vectorsOf(type, data.type.children, children, `${path}.`) };
    if (type.type === 'list' && found === Type.List)
      return {
        kind: 'list',
        validity,
        offsets: data.valueOffsets,
        child: children[0].length === 0 ? undefined : vectorOf(type.element, children[0], `${path}.element`),
      };
  } else if (type === 'string') {
    if (found === Type.Utf8) return stringVector(data.valueOffsets, values, validity);
    if (found === Type.LargeUtf8) return stringVector(narrowed(data.valueOffsets), values, validity);
    if (found === Type.Dictionary) return undictionaried(data, validity, path);
  } else if (type === 'boolean') {
    if (found === Type.Bool) return { kind: 'boolean', validity, bits: values };
  } else if (type === 'int' || type === 'date' || type === 'long') {
    if (values instanceof Int32Array) return { kind: 'int', validity, values };
    if (values instanceof BigInt64Array && type === 'long') return longVector(values, validity);
  } else if (type === 'float' || type === 'double') {
    if (values instanceof Float32Array || values instanceof Float64Array) return { kind: 'double', validity, values };
  } else if (type === 'timestamptz') {
    if (found === Type.Timestamp && (data.type as Timestamp).unit === TimeUnit.MICROSECOND)
      return longVector(values, validity);
  }
  throw new Error(`its column ${path} has the type ${String(data.type)}, which is not ${JSON.stringify(type)}`);
}

function longVector(values: BigInt64Array, validity: Uint8Array | undefined): LongVector {
  return { kind: 'long', validity, words: new Int32Array(values.buffer, values.byteOffset, values.length * 2) };
}

function narrowed(offsets: ArrayLike<bigint | number>): Int32Array {
  return Int32Array.from(offsets as ArrayLike<number>, Number);
}

/** Columns of writers that record in the file that they had dictionaries in memory. */
function undictionaried(data: Data, validity: Uint8Array | undefined, path: string): StringVector {
  const texts: Uint8Array[] = [];
  for (const part of data.dictionary?.data ?? []) {
    const entry = vectorOf('string', part, path) as StringVector | undefined;
    for (let i = 0; i < part.length; i++)
      texts.push(entry === undefined ? NONE : entry.data.subarray(entry.offsets[i], entry.offsets[i + 1]));
  }
  const offsets = new Int32Array(data.length + 1);
  const of = (row: number): Uint8Array =>
    hasValue({ validity } as Vector, row) ? (texts[Number(data.values[row])] ?? NONE) : NONE;
  for (let row = 0; row < data.length; row++) offsets[row + 1] = offsets[row] + of(row).length;
  const bytes = new Uint8Array(offsets[data.length]);
  for (let row = 0; row < data.length; row++) bytes.set(of(row), offsets[row]);
  return stringVector(offsets, bytes, validity);
}

const NONE = new Uint8Array(0);
