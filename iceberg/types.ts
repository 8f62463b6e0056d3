/**
 * The Iceberg words that other rooms use: types, schemas, data files. Spec: https://iceberg.apache.org/spec/ (v2).
 */

/** Primitive types (spec, "Primitive Types"), as far as they are used here. */
export type PrimitiveType =
  | 'boolean'
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | 'date'
  | 'timestamp'
  | 'timestamptz'
  | 'string'
  | 'binary';

/** A struct (spec, "Nested Types"). */
export interface StructType {
  type: 'struct';
  fields: NestedField[];
}
/** A list; its elements have a field id of their own. */
export interface ListType {
  type: 'list';
  'element-id': number;
  element: IcebergType;
  'element-required': boolean;
}
/** Any type of a column. */
export type IcebergType = PrimitiveType | StructType | ListType;

/** A field of a struct or of a schema. */
export interface NestedField {
  id: number;
  name: string;
  required: boolean;
  type: IcebergType;
  doc?: string;
}

/** A schema as it stands in the metadata JSON (spec, Appendix C). */
export interface Schema extends StructType {
  'schema-id': number;
  'identifier-field-ids'?: number[];
}

/** A member of a struct type; every member may be null. */
export interface StructMember {
  name: string;
  type: ColumnType;
  doc?: string;
}

/** A column type as the column tables and the configuration give it, nested as deep as it likes. */
export type ColumnType = PrimitiveType | { list: ColumnType } | { struct: readonly StructMember[] };

/** A column before it has ids: a dotted name becomes nested structs (`cloud.account.id`). */
export interface ColumnSpec {
  name: string;
  type: ColumnType;
  required?: boolean;
  doc: string;
}

/**
 * A Parquet file that was written and is not yet in a table. Plain JSON: it travels through heartbeats and work objects.
 * Maps are keyed by field id (as a string). Bounds are base64 of the spec's single-value serialization (Appendix D).
 */
export interface DataFile {
  /** Full URI. */
  path: string;
  bytes: number;
  rows: number;
  /** Partition value: days since 1970-01-01. */
  day: number;
  columnSizes: Record<string, number>;
  valueCounts: Record<string, number>;
  nullCounts: Record<string, number>;
  lowerBounds: Record<string, string>;
  upperBounds: Record<string, string>;
}

/**
 * A manifest that was written and is not yet in a manifest list: what a manifest-list entry and the snapshot's summary
 * need (spec, "Manifest Lists"). Plain JSON: it travels through work objects.
 */
export interface ManifestFile {
  /** Full URI. */
  path: string;
  /** Bytes of the manifest itself. */
  length: number;
  /** The partition spec its entries were written with. */
  specId: number;
  /** `deletes`: its files are position-delete files. */
  content: 'data' | 'deletes';
  addedFiles: number;
  addedRows: number;
  /** Bytes of the files it names. */
  addedBytes: number;
  /** Smallest and largest partition day. */
  minDay: number;
  maxDay: number;
  /** Every partition day it touches, ascending: the summary counts changed partitions. */
  days: number[];
}
