/**
 * The Iceberg types that the rest of the code uses: column types, schemas, data files. Spec: https://iceberg.apache.org/spec/
 * (v2).
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
/** A list; its element has its own field id. */
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

/** A schema as in the metadata JSON (spec, Appendix C). */
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

/** A column type in the column tables and the configuration, with any nesting. */
export type ColumnType = PrimitiveType | { list: ColumnType } | { struct: readonly StructMember[] };

/** A column without ids: a dotted name becomes nested structs (`cloud.account.id`). */
export interface ColumnSpec {
  name: string;
  type: ColumnType;
  required?: boolean;
  doc: string;
  /** Users search for single values of it, such as ids and ARNs: files have its whole bounds and a Bloom filter. */
  lookup?: true;
}

/**
 * A Parquet file that was written but is not in a table yet. Plain JSON, because it is stored in heartbeats and work objects.
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
  /** Of a data file: the sort order of its rows. Absent: they are not sorted. */
  sortOrderId?: number;
  /** Of a position-delete file: the only data file whose rows it deletes, if there is only one. */
  referencedDataFile?: string;
}

/**
 * A manifest that was written but is not in a manifest list yet, with what its manifest list entry and the snapshot's summary
 * need (spec, "Manifest Lists"). Plain JSON, because it is stored in work objects.
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
  /** Total bytes of its files. */
  addedBytes: number;
  /** Smallest and largest partition day. */
  minDay: number;
  maxDay: number;
  /** All partition days of its files, ascending: the summary counts changed partitions. */
  days: number[];
}
