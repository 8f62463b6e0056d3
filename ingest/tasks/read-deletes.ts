/** Reads position-delete files. Runs in a decoder thread. */
import { readColumns } from '../../columnar/parquet.js';

/** Positions of deleted rows (from 0, ascending, distinct) by the address of the data file. Structured-cloneable. */
export type DeletedRows = Map<string, Float64Array>;

/**
 * Reads a position-delete file (Iceberg spec, "Position Delete Files") from its Parquet bytes. Throws an `Error` if it has no
 * columns `file_path` and `pos`.
 */
export async function readDeletes(parquet: Uint8Array): Promise<DeletedRows> {
  const table = await readColumns(parquet, ['file_path', 'pos']);
  const paths = (table?.getChild('file_path') ?? null) as unknown as { get(row: number): string } | null;
  const positions = (table?.getChild('pos') ?? null) as unknown as { get(row: number): bigint } | null;
  if (table === undefined || paths === null || positions === null)
    throw new Error('The delete file has no columns file_path and pos');
  const found = new Map<string, number[]>();
  for (let row = 0; row < table.numRows; row++) {
    const path = paths.get(row);
    const of = found.get(path);
    if (of === undefined) found.set(path, [Number(positions.get(row))]);
    else of.push(Number(positions.get(row)));
  }
  return new Map(Array.from(found, ([path, list]) => [path, ascending(list)]));
}

/** Merges the deleted rows of several delete files. */
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
  // The spec requires sorted files, but not every writer complies, and several files may delete the same row.
  return Float64Array.from(new Set(list)).sort();
}
