/** Column buffers → an Arrow IPC stream, in the order and with the field ids of an Iceberg schema. */
import * as arrow from 'apache-arrow';
import type { ColumnType, IcebergType, NestedField, PrimitiveType, Schema, StructType } from '../iceberg/types.js';
import { type AnyColumn, BooleanColumn, IntColumn, type ListColumn, LongColumn, StringColumn } from './columns.js';
import { columnFor, type RowSet } from './row-set.js';

/** Parquet writers that read Arrow take the field id from this metadata key; it is what Iceberg readers match columns by. */
const FIELD_ID = 'PARQUET:field_id';

/** The rows as an IPC stream. Columns of the schema that the rows do not have are all null. */
export function toIpc(schema: Schema, rows: RowSet): Uint8Array {
  rows.finish();
  const byName = new Map(rows.specs.map((spec, index) => [spec.name, rows.columns[index]]));
  const children = schema.fields.map((field) => fieldData(field, field.name, byName, rows.rows));
  const fields = children.map((child) => child.field);
  const type = new arrow.Struct(fields);
  const data = arrow.makeData({ type, length: rows.rows, nullCount: 0, children: children.map((child) => child.data) });
  const arrowSchema = new arrow.Schema(fields);
  return arrow.tableToIPC(new arrow.Table(arrowSchema, [new arrow.RecordBatch(arrowSchema, data)]), 'stream');
}

interface FieldData {
  field: arrow.Field;
  data: arrow.Data;
}

function arrowField(field: NestedField, type: arrow.DataType): arrow.Field {
  return new arrow.Field(field.name, type, !field.required, new Map([[FIELD_ID, String(field.id)]]));
}

function fieldData(field: NestedField, path: string, columns: Map<string, AnyColumn>, rows: number): FieldData {
  const { type } = field;
  if (typeof type === 'object' && type.type === 'struct') {
    // A struct is always there; what is missing are its leaves. So no level of validity is spent on it.
    const children = type.fields.map((child) => fieldData(child, `${path}.${child.name}`, columns, rows));
    const structType = new arrow.Struct(children.map((child) => child.field));
    const data = arrow.makeData({
      type: structType,
      length: rows,
      nullCount: 0,
      children: children.map((child) => child.data),
    });
    return { field: arrowField(field, structType), data };
  }
  let column = columns.get(path);
  if (column === undefined) {
    column = columnFor(columnTypeOf(type));
    column.finish(rows);
  }
  const data = leafData(type, column);
  return { field: arrowField(field, data.type), data };
}

function columnTypeOf(type: IcebergType): ColumnType {
  if (typeof type === 'string') return type;
  if (type.type === 'struct') throw new Error('a struct has no column of its own');
  if (typeof type.element === 'string') return { list: type.element };
  const fields = (type.element as StructType).fields;
  return { listOf: fields.map((field) => ({ name: field.name, type: field.type as PrimitiveType })) };
}

function bitmap(column: AnyColumn): Uint8Array | undefined {
  return column.nulls === 0 ? undefined : column.validity.subarray(0, (column.length + 7) >> 3);
}

function leafData(type: IcebergType, column: AnyColumn): arrow.Data {
  const common = { length: column.length, nullCount: column.nulls, nullBitmap: bitmap(column) };
  if (column instanceof StringColumn) return stringData(column);
  if (column instanceof BooleanColumn)
    return arrow.makeData({
      type: new arrow.Bool(),
      ...common,
      data: column.values.subarray(0, (column.length + 7) >> 3),
    });
  if (column instanceof IntColumn)
    return arrow.makeData({ type: new arrow.Int32(), ...common, data: column.values.subarray(0, column.length) });
  if (column instanceof LongColumn) {
    const data = new BigInt64Array(column.length);
    for (let row = 0; row < column.length; row++) data[row] = BigInt(column.values[row]);
    if (type === 'timestamptz') return arrow.makeData({ type: new arrow.TimestampMicrosecond('UTC'), ...common, data });
    return arrow.makeData({ type: new arrow.Int64(), ...common, data });
  }
  return listData(type, column);
}

function stringData(column: StringColumn): arrow.Data<arrow.Utf8> {
  return arrow.makeData({
    type: new arrow.Utf8(),
    length: column.length,
    nullCount: column.nulls,
    nullBitmap: bitmap(column),
    valueOffsets: column.offsets.subarray(0, column.length + 1),
    data: column.data.subarray(0, column.end),
  });
}

function listData(type: IcebergType, column: ListColumn): arrow.Data {
  if (typeof type !== 'object' || type.type !== 'list') throw new Error('a list column needs a list type');
  const { element } = type;
  let child: arrow.Data;
  if (typeof element === 'object' && element.type === 'struct') {
    const children = column.children.map(stringData);
    const structType = new arrow.Struct(element.fields.map((field) => arrowField(field, new arrow.Utf8())));
    child = arrow.makeData({ type: structType, length: column.elements, nullCount: 0, children });
  } else child = stringData(column.children[0]);
  const elementField = new arrow.Field('element', child.type, true, new Map([[FIELD_ID, String(type['element-id'])]]));
  return arrow.makeData({
    type: new arrow.List(elementField),
    length: column.length,
    nullCount: column.nulls,
    nullBitmap: bitmap(column),
    valueOffsets: column.offsets.subarray(0, column.length + 1),
    child,
  });
}
