/** Arrow IPC → Parquet, and columns of Parquet → Arrow. Both block their thread for as long as they take: call them in decoder threads. */
import { type Field, Struct, type Table, tableFromIPC } from 'apache-arrow';
import { Compression, ParquetFile, Table as WasmTable, WriterPropertiesBuilder, writeParquet } from 'parquet-wasm/node';

/** Returns one Parquet file (zstd) of the whole Arrow IPC stream, with statistics and page indexes. */
export function parquetOf(ipc: Uint8Array): Uint8Array {
  // Both objects live in WebAssembly memory, and the call takes them over: nothing is left to free.
  const properties = new WriterPropertiesBuilder().setCompression(Compression.ZSTD).setCreatedBy('trailmill').build();
  return writeParquet(WasmTable.fromIPCStream(ipc), properties);
}

/**
 * Returns some columns of a Parquet file as an Arrow table; `undefined` where the file has none of them. `readParquet` of
 * parquet-wasm 0.8 has an option `columns` too, but ignores it and decodes everything.
 * @param columns dotted names; those that the file does not have are left out
 */
export async function readColumns(parquet: Uint8Array, columns: readonly string[]): Promise<Table | undefined> {
  const file = await ParquetFile.fromFile(new Blob([parquet as Uint8Array<ArrayBuffer>]));
  try {
    const { fields } = tableFromIPC(file.schema().intoIPCStream()).schema;
    const known = columns.filter((name) => has(fields, name.split('.')));
    if (known.length === 0) return undefined;
    return tableFromIPC((await file.read({ columns: known })).intoIPCStream());
  } finally {
    file.free();
  }
}

function has(fields: readonly Field[], [name, ...rest]: string[]): boolean {
  const field = fields.find((each) => each.name === name);
  if (field === undefined || rest.length === 0) return field !== undefined;
  return field.type instanceof Struct && has(field.type.children, rest);
}
