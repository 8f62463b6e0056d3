/** Which columns of the files may have the needles, so that the others are not read. Pure. */
import type { LeafField } from '../iceberg/schema.js';
import type { DataFile, Schema } from '../iceberg/types.js';
import { searchedLeaves } from '../value-index/columns.js';
import type { Needle } from '../value-index/needles.js';
import { mayHaveJson, mayHold } from './bounds.js';

/** A searched column; a list is one column, whatever its elements are. */
export interface SearchedColumn {
  name: string;
  /** Whether its texts may be JSON, which may write the characters of a needle in another way. */
  mayHaveJson: boolean;
}

/** The searched columns of a schema, or those of `within`, a column or a struct, by name. */
export function searchedColumns(schema: Schema, within?: string): Map<string, LeafField[]> {
  const columns = new Map<string, LeafField[]>();
  for (const leaf of searchedLeaves(schema)) {
    const name = leaf.path.replace(/\.element(\..*)?$/, '');
    if (within !== undefined && name !== within && !name.startsWith(`${within}.`)) continue;
    columns.set(name, [...(columns.get(name) ?? []), leaf]);
  }
  return columns;
}

/** Collects the columns that have a needle in some file, as far as bounds and counts tell. */
export class ColumnsWithNeedles {
  private readonly found = new Map<string, SearchedColumn>();

  constructor(
    private readonly columns: ReadonlyMap<string, readonly LeafField[]>,
    private readonly needles: readonly Needle[],
  ) {}

  /** Adds the columns of a file, which must have the metrics of their leaves. Returns false if none may have a needle. */
  add(file: DataFile): boolean {
    let isAny = false;
    for (const [name, leaves] of this.columns) {
      const before = this.found.get(name);
      if (isAny && before?.mayHaveJson) continue;
      if (!mayHold(file, leaves, this.needles)) continue;
      isAny = true;
      this.found.set(name, { name, mayHaveJson: before?.mayHaveJson || mayHaveJson(file, leaves) });
    }
    return isAny;
  }

  /** In the order of the table. */
  get all(): SearchedColumn[] {
    return [...this.columns.keys()].flatMap((name) => this.found.get(name) ?? []);
  }
}
