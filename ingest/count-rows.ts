/** A data file → how many of its live rows came from which object. Runs in a decoder thread. */
import type { Utf8, Vector } from 'apache-arrow';
import { readColumns } from './read-columns.js';
import { isInSlice, type Slice } from './slices.js';

export interface CountTask {
  parquet: Uint8Array;
  /** How many rows it has in all, deleted ones too. */
  rows: number;
  /** Dotted name of the column that has the object's address. */
  column: string;
  /** Positions of deleted rows, ascending. */
  deleted?: Float64Array;
  slice: Slice;
}

/** Rows by the address of their object; rows without one are under the empty text. */
export async function countRows({
  parquet,
  rows: rowCount,
  column,
  deleted,
  slice,
}: CountTask): Promise<Map<string, number>> {
  const table = await readColumns(parquet, [column]);
  const counts = new Map<string, number>();
  const add = (path: string, rows: number): void => {
    if (rows > 0 && isInSlice(path, slice)) counts.set(path, (counts.get(path) ?? 0) + rows);
  };
  // A file without the column is another writer's: all of its rows are nobody's.
  if (table === undefined) add('', rowCount - (deleted?.length ?? 0));
  if (table === undefined || table.numRows === 0) return counts;
  const [top, ...members] = column.split('.');
  let vector = table.getChild(top) as Vector;
  for (const member of members) vector = vector.getChild(member) as Vector;
  // Rows of an object lie together: its text is made once a run, not once a row.
  const same = sameAsBefore(vector as Vector<Utf8>);
  let [path, rows, next] = ['', 0, 0];
  for (let row = 0; row < table.numRows; row++) {
    if (!same(row)) {
      add(path, rows);
      path = (vector.get(row) as string | null) ?? '';
      rows = 0;
    }
    if (deleted !== undefined && deleted[next] === row) next++;
    else rows++;
  }
  add(path, rows);
  return counts;
}

/** Compares a row's bytes with those of the row before, batch by batch; the first row of a batch is never the same. */
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
