/** Arrow IPC → Parquet, zstd. It blocks its thread for as long as it takes: only decoder threads call it. */
import { Compression, Table, WriterPropertiesBuilder, writeParquet } from 'parquet-wasm/node';

/** One Parquet file of the whole stream, with statistics and page indexes. */
export function parquetOf(ipc: Uint8Array): Uint8Array {
  // Both objects live in WebAssembly memory, and the call takes them over: nothing is left to free.
  const properties = new WriterPropertiesBuilder().setCompression(Compression.ZSTD).setCreatedBy('trailmill').build();
  return writeParquet(Table.fromIPCStream(ipc), properties);
}
