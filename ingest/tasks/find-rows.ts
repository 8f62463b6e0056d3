/** Finds the rows of objects in a data file. Runs in a decoder thread. */
import type { Vector } from 'apache-arrow';
import { readColumns } from '../../columnar/parquet.js';
import { textReader } from '../../columnar/text.js';
import { fingerprintOfKey, setOf } from '../../ledger/fingerprints.js';

/** A data file, and the addresses of the objects whose rows to find. */
export interface FindRowsTask {
  parquet: Uint8Array;
  /** Dotted name of the column with the object's address. */
  column: string;
  /** Positions of deleted rows, ascending. */
  deleted?: Float64Array;
  /** Fingerprints of the addresses. */
  paths: Uint32Array;
}

/** Returns the positions of the objects' live rows, ascending. */
export async function findRows({ parquet, column, deleted, paths }: FindRowsTask): Promise<Uint32Array> {
  const table = await readColumns(parquet, [column]);
  if (table === undefined) return new Uint32Array();
  const [top, ...members] = column.split('.');
  let vector: Vector | null = table.getChild(top);
  for (const member of members) vector = vector?.getChild(member) ?? null;
  const textOf = textReader(vector);
  const wanted = setOf(paths);
  const isDeleted = new Set(deleted);
  const positions: number[] = [];
  // Rows of an object are consecutive, or at least those of an account are.
  let [last, isWanted] = ['', false];
  for (let row = 0; row < table.numRows; row++) {
    const path = textOf(row) ?? '';
    if (path !== last) [last, isWanted] = [path, wanted.has(fingerprintOfKey(path))];
    if (isWanted && path !== '' && !isDeleted.has(row)) positions.push(row);
  }
  return Uint32Array.from(positions);
}
