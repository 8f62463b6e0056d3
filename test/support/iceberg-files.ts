/** Parquet files of plain rows, for tables in tests: built with Arrow's own builders, not with the code under test. */
import * as arrow from 'apache-arrow';
import { Compression, Table, WriterPropertiesBuilder, writeParquet } from 'parquet-wasm/node';
import type { IcebergType, NestedField, PrimitiveType, Schema } from '../../iceberg/types.js';

const field = (of: Pick<NestedField, 'id' | 'name' | 'required'>, type: arrow.DataType): arrow.Field =>
  new arrow.Field(of.name, type, !of.required, new Map([['PARQUET:field_id', String(of.id)]]));

const PRIMITIVES: Partial<Record<PrimitiveType, () => arrow.DataType>> = {
  string: () => new arrow.Utf8(),
  boolean: () => new arrow.Bool(),
  int: () => new arrow.Int32(),
  long: () => new arrow.Int64(),
  float: () => new arrow.Float32(),
  double: () => new arrow.Float64(),
  timestamptz: () => new arrow.TimestampMicrosecond('UTC'),
};

function arrowType(type: IcebergType): arrow.DataType {
  if (typeof type === 'string') {
    const primitive = PRIMITIVES[type];
    if (!primitive) throw new Error(`no Arrow type for ${type} here`);
    return primitive();
  }
  if (type.type === 'struct') return new arrow.Struct(type.fields.map((child) => field(child, arrowType(child.type))));
  const element = { id: type['element-id'], name: 'element', required: type['element-required'] };
  return new arrow.List(field(element, arrowType(type.element)));
}

/** Arrow's builder for microseconds takes milliseconds: that column is filled by hand. */
function vectorOf(of: NestedField, values: unknown[]): arrow.Data {
  const type = arrowType(of.type);
  if (of.type !== 'timestamptz') return arrow.vectorFromArray(values, type).data[0];
  return arrow.makeData({ type: new arrow.TimestampMicrosecond('UTC'), data: BigInt64Array.from(values as bigint[]) });
}

/** Rows as nested objects; `ts` in microseconds and longs are bigints. */
export function parquetFile(table: Schema, rows: readonly object[]): Uint8Array {
  const schema = new arrow.Schema(table.fields.map((each) => field(each, arrowType(each.type))));
  const children = table.fields.map((each) =>
    vectorOf(
      each,
      rows.map((row) => (row as Record<string, unknown>)[each.name]),
    ),
  );
  const data = arrow.makeData({ type: new arrow.Struct(schema.fields), length: rows.length, children });
  const ipc = arrow.tableToIPC(new arrow.Table(schema, [new arrow.RecordBatch(schema, data)]), 'stream');
  const properties = new WriterPropertiesBuilder().setCompression(Compression.ZSTD).build();
  return writeParquet(Table.fromIPCStream(ipc), properties);
}
