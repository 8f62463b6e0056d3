/** A ledger file → its rows as values. Runs in a decoder thread. */
import { readColumns } from '../columnar/read-columns.js';
import { type LedgerRow, ROW_COLUMNS } from './columns.js';
import { isInSlice, type Slice } from './slices.js';

type Vector = { get(row: number): unknown } | null;

/** The rows of the slice; none for a file without any of the columns. */
export async function ledgerRows({ parquet, slice }: { parquet: Uint8Array; slice: Slice }): Promise<LedgerRow[]> {
  const table = await readColumns(
    parquet,
    Object.values(ROW_COLUMNS).map(({ column }) => column),
  );
  if (table === undefined) return [];
  const names = Object.keys(ROW_COLUMNS) as (keyof typeof ROW_COLUMNS)[];
  const vectors = names.map((name): Vector => table.getChild(ROW_COLUMNS[name].column));
  const rows: LedgerRow[] = [];
  const keys = vectors[names.indexOf('key')];
  for (let row = 0; row < table.numRows; row++) {
    if (!isInSlice(ROW_COLUMNS.key.read(keys?.get(row)), slice)) continue;
    const values = names.map((name, index) => [name, ROW_COLUMNS[name].read(vectors[index]?.get(row))] as const);
    rows.push(Object.fromEntries(values) as unknown as LedgerRow);
  }
  return rows;
}
