/** Reads the rows of a ledger file. Runs in a decoder thread. */
import { readColumns } from '../columnar/parquet.js';
import { type LedgerRow, ROW_COLUMNS } from './columns.js';
import { isInSlice, type Slice } from './slices.js';

type Vector = { get(row: number): unknown } | null;

/** A ledger file, and which of its rows to read. */
export interface LedgerRowsTask {
  parquet: Uint8Array;
  /** Positions of deleted rows, ascending. */
  deleted?: Float64Array;
  slice: Slice;
}

/** Returns the live rows of `parquet` that are in the slice; none if the file has none of the ledger's columns. */
export async function ledgerRows({ parquet, deleted, slice }: LedgerRowsTask): Promise<LedgerRow[]> {
  const table = await readColumns(
    parquet,
    Object.values(ROW_COLUMNS).map(({ column }) => column),
  );
  if (table === undefined) return [];
  const columns = Object.entries(ROW_COLUMNS).map(([name, { column, read }]) => {
    return { name, read, vector: table.getChild(column) as Vector };
  });
  const keys: Vector = table.getChild(ROW_COLUMNS.key.column);
  const isDeleted = new Set(deleted);
  const rows: LedgerRow[] = [];
  for (let number = 0; number < table.numRows; number++) {
    if (isDeleted.has(number) || !isInSlice(ROW_COLUMNS.key.read(keys?.get(number)), slice)) continue;
    const row: Record<string, unknown> = {};
    for (const { name, read, vector } of columns) row[name] = read(vector?.get(number));
    rows.push(row as unknown as LedgerRow);
  }
  return rows;
}
