/** Some columns of a Parquet file as an Arrow table. Runs in a decoder thread. */
import { type Field, Struct, type Table, tableFromIPC } from 'apache-arrow';
import { ParquetFile } from 'parquet-wasm/node';

/**
 * @param columns dotted names; what the file does not have is left out, and `undefined` is for a file with none of them
 *
 * `readParquet` has an option of this name too, which parquet-wasm 0.8 does not look at: it decodes everything.
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
