/** A position-delete file → which rows of which data files are deleted. Runs in a decoder thread. */
import { readColumns } from '../../columnar/parquet.js';

/** Positions from 0, ascending and without repeats, by the address of the data file. Survives a structured clone. */
export type DeletedRows = Map<string, Float64Array>;

/** Reads the Parquet bytes. The columns have the names that the spec gives them ("Position Delete Files"). */
export async function readDeletes(parquet: Uint8Array): Promise<DeletedRows> {
  const table = await readColumns(parquet, ['file_path', 'pos']);
  const paths = (table?.getChild('file_path') ?? null) as unknown as { get(row: number): string } | null;
  const positions = (table?.getChild('pos') ?? null) as unknown as { get(row: number): bigint } | null;
  if (table === undefined || paths === null || positions === null)
    throw new Error('A delete file lacks its columns file_path and pos');
  const found = new Map<string, number[]>();
  for (let row = 0; row < table.numRows; row++) {
    const path = paths.get(row);
    const of = found.get(path);
    if (of === undefined) found.set(path, [Number(positions.get(row))]);
    else of.push(Number(positions.get(row)));
  }
  return new Map(Array.from(found, ([path, list]) => [path, ascending(list)]));
}

/** The rows of several delete files together. */
export function mergeDeletes(all: readonly DeletedRows[]): DeletedRows {
  if (all.length === 1) return all[0];
  const merged = new Map<string, number[]>();
  for (const one of all)
    for (const [path, positions] of one) {
      const of = merged.get(path) ?? [];
      for (const position of positions) of.push(position);
      merged.set(path, of);
    }
  return new Map(Array.from(merged, ([path, list]) => [path, ascending(list)]));
}

function ascending(list: readonly number[]): Float64Array {
  // The files are ordered (spec), but not every writer keeps to it, and several files may name the same row.
  return Float64Array.from(new Set(list)).sort();
}
