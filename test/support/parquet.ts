/** Parquet files of rows, by the writer that the product uses. */
import type { RowSet } from '../../columnar/row-set';
import type { Schema } from '../../iceberg/types';
import { loadParquetWriter } from '../../parquet/writer';

export async function parquetOf(schema: Schema, rows: RowSet): Promise<Uint8Array> {
  const write = await loadParquetWriter();
  return write(schema, rows);
}
