/** Reads the rows of a ledger file. Runs in a decoder thread. */
import { readColumns } from '../columnar/parquet.js';
import { type LedgerRow, ROW_COLUMNS } from './columns.js';
import { isInSlice, type Slice } from './slices.js';

type Vector = { get(row: number): unknown } | null;

/** Returns the rows of `parquet` that are in the slice; none if the file has none of the ledger's columns. */
export async function ledgerRows({ parquet, slice }: { parquet: Uint8Array; slice: Slice }): Promise<LedgerRow[]> {
  const table = await readColumns(
    parquet,
    Object.values(ROW_COLUMNS).map(({ column }) => column),
  );
  if (table === undefined) return [];
  const columns = Object.entries(ROW_COLUMNS).map(([name, { column, read }]) => {
    return { name, read, vector: table.getChild(column) as Vector };
  });
  const keys: Vector = table.getChild(ROW_COLUMNS.key.column);
  const rows: LedgerRow[] = [];
  for (let number = 0; number < table.numRows; number++) {
    if (!isInSlice(ROW_COLUMNS.key.read(keys?.get(number)), slice)) continue;
    const row: Record<string, unknown> = {};
    for (const { name, read, vector } of columns) row[name] = read(vector?.get(number));
    rows.push(row as unknown as LedgerRow);
  }
  return rows;
}
