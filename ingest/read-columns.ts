/** Some columns of a Parquet file as an Arrow table. Runs in a decoder thread. */
import { type Table, tableFromIPC } from 'apache-arrow';
import { ParquetFile } from 'parquet-wasm/node';

/**
 * @param columns dotted names of leaves; what the file does not have is left out
 *
 * `readParquet` has an option of this name too, which parquet-wasm 0.8 does not look at: it decodes everything.
 */
export async function readColumns(parquet: Uint8Array, columns: string[]): Promise<Table> {
  const file = await ParquetFile.fromFile(new Blob([parquet as Uint8Array<ArrayBuffer>]));
  try {
    return tableFromIPC((await file.read({ columns })).intoIPCStream());
  } finally {
    file.free();
  }
}
