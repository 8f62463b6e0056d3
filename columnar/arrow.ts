/** Converts column buffers to an Arrow IPC stream, with the column order and field ids of an Iceberg schema. */
import * as arrow from 'apache-arrow';
import type { ColumnType, IcebergType, NestedField, PrimitiveType, Schema } from '../iceberg/types.js';
import { BooleanColumn, DoubleColumn, IntColumn, LongColumn, StringColumn } from './columns.js';
import { type AnyColumn, ListColumn, StructColumn } from './nested.js';
import { columnFor, type RowSet } from './row-set.js';

/** Parquet writers take the field id of an Arrow field from this metadata key. Iceberg readers match columns by field id. */
const FIELD_ID = 'PARQUET:field_id';

/** Returns the rows as an Arrow IPC stream. Schema columns that the row set does not have are all null. */
export function toIpc(schema: Schema, rows: RowSet): Uint8Array {
  rows.finish();
  const byName = new Map(rows.specs.map((spec, index) => [spec.name, rows.columns[index]]));
  const columns = schema.fields.map((field) => columnOf(field, field.name, byName, rows.rows));
  const fields = schema.fields.map((field, index) => arrowField(field, columns[index].type));
  const type = new arrow.Struct(fields);
  const data = arrow.makeData({ type, length: rows.rows, nullCount: 0, children: columns });
  const arrowSchema = new arrow.Schema(fields);
  return arrow.tableToIPC(new arrow.Table(arrowSchema, [new arrow.RecordBatch(arrowSchema, data)]), 'stream');
}

type Identified = Pick<NestedField, 'id' | 'name' | 'required'>;

function arrowField(field: Identified, type: arrow.DataType): arrow.Field {
  return new arrow.Field(field.name, type, !field.required, new Map([[FIELD_ID, String(field.id)]]));
}

/** The data of a top-level field, or of a field in a struct of a dotted column name. */
function columnOf(field: NestedField, path: string, columns: Map<string, AnyColumn>, rows: number): arrow.Data {
  const column = columns.get(path);
  if (column !== undefined) return dataOf(field.type, column);
  const { type } = field;
  if (typeof type === 'string' || type.type === 'list') return nulls(type, rows);
  // A struct of dotted names is never null, only its leaves can be, so it has no validity bitmap.
  const children = type.fields.map((child) => columnOf(child, `${path}.${child.name}`, columns, rows));
  return structData(type.fields, children, rows);
}

function nulls(type: IcebergType, rows: number): arrow.Data {
  const column = columnFor(columnTypeOf(type));
  column.finish(rows);
  return dataOf(type, column);
}

function columnTypeOf(type: IcebergType): ColumnType {
  if (typeof type === 'string') return type;
  if (type.type === 'list') return { list: columnTypeOf(type.element) };
  return { struct: type.fields.map((field) => ({ name: field.name, type: columnTypeOf(field.type) })) };
}

/** The data of a column. The table's type may be wider than the column's, and may have struct members that the column lacks. */
function dataOf(type: IcebergType, column: AnyColumn): arrow.Data {
  if (typeof type === 'string') return leafData(type, column);
  if (type.type === 'list' && column instanceof ListColumn) {
    const child = dataOf(type.element, column.child);
    const element = { id: type['element-id'], name: 'element', required: type['element-required'] };
    return arrow.makeData({
      type: new arrow.List(arrowField(element, child.type)),
      ...common(column),
      valueOffsets: column.offsets.subarray(0, column.length + 1),
      child,
    });
  }
  if (type.type === 'struct' && column instanceof StructColumn) {
    const children = type.fields.map((field) => {
      const member = column.children[column.names.indexOf(field.name)];
      return member === undefined ? nulls(field.type, column.length) : dataOf(field.type, member);
    });
    return structData(type.fields, children, column.length, column);
  }
  throw mismatch(type.type, column);
}

function structData(
  fields: readonly NestedField[],
  children: arrow.Data[],
  length: number,
  column?: StructColumn,
): arrow.Data {
  const type = new arrow.Struct(fields.map((field, index) => arrowField(field, children[index].type)));
  return arrow.makeData({ type, length, nullCount: 0, ...(column && common(column)), children });
}

function common(column: AnyColumn) {
  const nullBitmap = column.nulls === 0 ? undefined : column.validity.subarray(0, (column.length + 7) >> 3);
  return { length: column.length, nullCount: column.nulls, nullBitmap };
}

function leafData(type: PrimitiveType, column: AnyColumn): arrow.Data {
  const { length } = column;
  const head = common(column);
  if (type === 'string' && column instanceof StringColumn) {
    const valueOffsets = column.offsets.subarray(0, length + 1);
    return arrow.makeData({ type: new arrow.Utf8(), ...head, valueOffsets, data: column.data.subarray(0, column.end) });
  }
  if (type === 'boolean' && column instanceof BooleanColumn)
    return arrow.makeData({ type: new arrow.Bool(), ...head, data: column.values.subarray(0, (length + 7) >> 3) });
  if (column instanceof IntColumn) {
    const data = column.values.subarray(0, length);
    if (type === 'int') return arrow.makeData({ type: new arrow.Int32(), ...head, data });
    if (type === 'date') return arrow.makeData({ type: new arrow.DateDay(), ...head, data });
    if (type === 'long')
      return arrow.makeData({ type: new arrow.Int64(), ...head, data: BigInt64Array.from(data, BigInt) });
  }
  if (column instanceof LongColumn) {
    const data = new BigInt64Array(length);
    for (let row = 0; row < length; row++) data[row] = column.exact(row);
    if (type === 'timestamptz') return arrow.makeData({ type: new arrow.TimestampMicrosecond('UTC'), ...head, data });
    if (type === 'long') return arrow.makeData({ type: new arrow.Int64(), ...head, data });
  }
  if (column instanceof DoubleColumn) {
    const data = column.values.subarray(0, length);
    if (type === 'double') return arrow.makeData({ type: new arrow.Float64(), ...head, data });
    if (type === 'float') return arrow.makeData({ type: new arrow.Float32(), ...head, data: Float32Array.from(data) });
  }
  throw mismatch(type, column);
}

function mismatch(type: string, column: AnyColumn): Error {
  return new Error(`the table's type is ${type}, but the column is a ${column.constructor.name}`);
}
