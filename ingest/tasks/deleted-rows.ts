/** Deleted rows of data files. Reading them is in another module, because it needs a Parquet reader. */

/** Positions of deleted rows (from 0, ascending, distinct) by the address of the data file. Structured-cloneable. */
export type DeletedRows = Map<string, Float64Array>;

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

/** The positions in order, each once. */
export function ascending(list: readonly number[]): Float64Array {
  // The spec requires sorted files, but not every writer complies, and several files may delete the same row.
  return Float64Array.from(new Set(list)).sort();
}
