/** Counts the live rows of a data file by the object that they came from. Runs in a decoder thread. */
import type { Utf8, Vector } from 'apache-arrow';
import { readColumns } from '../../columnar/parquet.js';
import { isInSlice, type Slice } from '../../ledger/slices.js';

/** A data file of a table. */
export interface CountTask {
  parquet: Uint8Array;
  /** Total number of rows, including deleted ones. */
  rows: number;
  /** Dotted name of the column with the object's address. */
  column: string;
  /** Positions of deleted rows, ascending. */
  deleted?: Float64Array;
  /** Positions of the only rows to count, ascending; absent: all. */
  only?: Uint32Array;
  slice: Slice;
}

/** Returns the number of rows by the address of their object; rows without one count under the empty string. */
export async function countRows({
  parquet,
  rows: rowCount,
  column,
  deleted,
  only,
  slice,
}: CountTask): Promise<Map<string, number>> {
  const table = await readColumns(parquet, [column]);
  const counts = new Map<string, number>();
  const add = (path: string, rows: number): void => {
    if (rows > 0 && isInSlice(path, slice)) counts.set(path, (counts.get(path) ?? 0) + rows);
  };
  // A file without the column was written by another writer, so none of its rows has an object.
  if (table === undefined) add('', rowCount - (deleted?.length ?? 0));
  if (table === undefined || table.numRows === 0) return counts;
  const [top, ...members] = column.split('.');
  let vector = table.getChild(top) as Vector;
  for (const member of members) vector = vector.getChild(member) as Vector;
  // Rows of an object are consecutive, so its address is decoded once for each sequence, not for each row.
  const same = sameAsBefore(vector as Vector<Utf8>);
  const wanted = only && new Set(only);
  let [path, rows, next] = ['', 0, 0];
  for (let row = 0; row < table.numRows; row++) {
    if (!same(row)) {
      add(path, rows);
      path = (vector.get(row) as string | null) ?? '';
      rows = 0;
    }
    if (deleted !== undefined && deleted[next] === row) next++;
    else if (wanted === undefined || wanted.has(row)) rows++;
  }
  add(path, rows);
  return counts;
}

/** Compares a row's bytes with those of the previous row in its batch. The first row of a batch always counts as different. */
function sameAsBefore(vector: Vector<Utf8>): (row: number) => boolean {
  let batch = 0;
  let start = 0;
  return (row) => {
    while (row - start >= vector.data[batch].length) start += vector.data[batch++].length;
    const { valueOffsets, values, nullCount } = vector.data[batch];
    const at = row - start;
    if (at === 0 || nullCount > 0) return false;
    const [from, middle, end] = [valueOffsets[at - 1], valueOffsets[at], valueOffsets[at + 1]];
    if (middle - from !== end - middle) return false;
    return Buffer.compare(values.subarray(from, middle), values.subarray(middle, end)) === 0;
  };
}
