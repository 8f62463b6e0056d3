/** Reads the values of a data file that has no index, for example after a compaction. Runs in a decoder thread. */
import { parquetColumns, readColumns } from '../../columnar/parquet.js';
import { isSearched } from '../../value-index/columns.js';
import { valuesOfTable } from '../../value-index/file-values.js';

/** Returns the hashes that were, or would have been, made when the file was written. */
export async function readValues(parquet: Uint8Array): Promise<Float64Array> {
  const columns = (await parquetColumns(parquet)).filter(isSearched);
  const table = await readColumns(parquet, columns);
  return table === undefined ? new Float64Array(0) : valuesOfTable(table);
}
