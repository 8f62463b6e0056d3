/** Reads the values of a data file that has no index, for example after a compaction. Runs in a decoder thread. */
import { readColumnBatches } from '../../columnar/parquet.js';
import { isSearched } from '../../value-index/columns.js';
import { valuesOfTables } from '../../value-index/file-values.js';

/** Returns the hashes that were, or would have been, made when the file was written. Decodes some rows at a time. */
export function readValues(parquet: Uint8Array): Promise<Float64Array> {
  return valuesOfTables(readColumnBatches(parquet, isSearched));
}
