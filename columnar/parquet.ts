/** Reads columns of Parquet files, of any writer, as Arrow. It blocks its thread, so call it in decoder threads. */
import { type Field, Struct, type Table, tableFromIPC } from 'apache-arrow';
import { ParquetFile, type RecordBatch } from 'parquet-wasm/node';
import type { StructType } from '../iceberg/types.js';
import { type Vector, vectorsOf } from './vectors.js';

/**
 * Reads some columns of a Parquet file as an Arrow table; `undefined` if the file has none of them. parquet-wasm 0.8's
 * `readParquet` also has an option `columns`, but ignores it and decodes everything.
 * @param columns dotted names; names that the file does not have are ignored
 */
export async function readColumns(parquet: Uint8Array, columns: readonly string[]): Promise<Table | undefined> {
  const file = await ParquetFile.fromFile(new Blob([parquet as Uint8Array<ArrayBuffer>]));
  try {
    const { fields } = tableFromIPC(file.schema().intoIPCStream()).schema;
    const known = columns.filter((name) => hasColumn(fields, name.split('.')));
    if (known.length === 0) return undefined;
    return tableFromIPC((await file.read({ columns: known })).intoIPCStream());
  } finally {
    file.free();
  }
}

/**
 * Reads the wanted columns of a Parquet file as Arrow tables of some rows each; none if the file has none of them.
 * @param isWanted gets the dotted names of columns, with members of structs; a list has one name, whatever its elements are
 */
export async function* readColumnBatches(
  parquet: Uint8Array,
  isWanted: (column: string) => boolean,
): AsyncGenerator<Table> {
  const file = await ParquetFile.fromFile(new Blob([parquet as Uint8Array<ArrayBuffer>]));
  try {
    const columns = namesOf(tableFromIPC(file.schema().intoIPCStream()).schema.fields, '').filter(isWanted);
    if (columns.length === 0) return;
    for await (const batch of await recordBatches(file, columns)) yield tableFromIPC(batch.intoIPCStream());
  } finally {
    file.free();
  }
}

async function recordBatches(file: ParquetFile, columns?: string[]): Promise<AsyncIterable<RecordBatch>> {
  return (await file.stream({ batchSize: BATCH_ROWS, columns })) as unknown as AsyncIterable<RecordBatch>;
}

function namesOf(fields: readonly Field[], prefix: string): string[] {
  return fields.flatMap(({ name, type }) =>
    type instanceof Struct ? namesOf(type.children, `${prefix}${name}.`) : [`${prefix}${name}`],
  );
}

function hasColumn(fields: readonly Field[], [name, ...rest]: string[]): boolean {
  const field = fields.find((each) => each.name === name);
  if (field === undefined || rest.length === 0) return field !== undefined;
  return field.type instanceof Struct && hasColumn(field.type.children, rest);
}

/** Rows to read at a time: with fewer, each batch costs more than its rows; with more, memory grows. */
const BATCH_ROWS = 4096;

/** Some rows of a file: their columns, in the order of a schema. */
export interface RowBatch {
  rows: number;
  /** In memory. */
  bytes: number;
  columns: (Vector | undefined)[];
}

/**
 * Reads a Parquet file with the columns of a schema, which are matched by field id: what the file lacks is null. Throws an
 * `Error` if a column has no field id, or cannot be read as the schema's type.
 * @param parquet may be a file on disk (`openAsBlob`): only one row group is in memory, compressed
 */
export async function* readBatches(parquet: Blob, schema: StructType): AsyncGenerator<RowBatch> {
  const file = await ParquetFile.fromFile(parquet);
  try {
    for await (const batch of await recordBatches(file)) {
      const message = batch.intoIPCStream();
      for (const { numRows, data, schema: of } of tableFromIPC(message).batches)
        if (numRows > 0)
          yield { rows: numRows, bytes: message.length, columns: vectorsOf(schema, of.fields, data.children) };
    }
  } finally {
    file.free();
  }
}
