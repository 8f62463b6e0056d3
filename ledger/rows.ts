/** A ledger file → its rows as values, for whoever has to look at them. Runs in a decoder thread. */
import type { TableKey } from '../cloudtrail/table-config.js';
import type { FileStatus } from '../cloudtrail/tables.js';
import { readColumns } from '../columnar/parquet.js';
import { isInSlice, type Slice } from './slices.js';

/** Times in microseconds since the epoch; `error` has its reason code in front. */
export interface LedgerRow {
  key: string;
  etag: string;
  path: string;
  account: string;
  region: string;
  kind: string;
  table: TableKey;
  status: FileStatus;
  attempt: number;
  records: number;
  rejects: number;
  dropped: number;
  duplicates: number;
  firstEventTime?: number;
  lastEventTime?: number;
  error?: string;
}

const TEXTS = ['key', 'etag', 'path', 'account', 'region', 'kind', 'table', 'status', 'error'] as const;
const NUMBERS = ['records', 'rejects', 'dropped', 'duplicates', 'attempt'] as const;
const TIMES = ['first_event_time', 'last_event_time'] as const;

type Values = { get(row: number): unknown } | null;

/** Rows of older versions lack the later columns: they count as a first attempt, without duplicates. */
export async function ledgerRows({ parquet, slice }: { parquet: Uint8Array; slice: Slice }): Promise<LedgerRow[]> {
  const table = await readColumns(parquet, [...TEXTS, ...NUMBERS, ...TIMES]);
  if (table === undefined) return [];
  const columns = new Map<string, Values>();
  for (const name of [...TEXTS, ...NUMBERS]) columns.set(name, table.getChild(name));
  const text = (name: (typeof TEXTS)[number], row: number): string | undefined =>
    (columns.get(name)?.get(row) as string | null) ?? undefined;
  const number = (name: (typeof NUMBERS)[number], row: number): number => Number(columns.get(name)?.get(row) ?? 0);
  const [first, last] = TIMES.map((name) => timesOf(table.getChild(name)));
  const rows: LedgerRow[] = [];
  for (let row = 0; row < table.numRows; row++) {
    const key = text('key', row) ?? '';
    if (!isInSlice(key, slice)) continue;
    rows.push({
      key,
      etag: text('etag', row) ?? '',
      path: text('path', row) ?? '',
      account: text('account', row) ?? '',
      region: text('region', row) ?? '',
      kind: text('kind', row) ?? '',
      table: text('table', row) as TableKey,
      status: text('status', row) as FileStatus,
      attempt: number('attempt', row) || 1,
      records: number('records', row),
      rejects: number('rejects', row),
      dropped: number('dropped', row),
      duplicates: number('duplicates', row),
      firstEventTime: first(row),
      lastEventTime: last(row),
      error: text('error', row),
    });
  }
  return rows;
}

/** Arrow hands out a timestamp in milliseconds, with fractions that a double may not hold: days are all that is asked. */
function timesOf(column: Values): (row: number) => number | undefined {
  return (row) => {
    const value = column?.get(row) as number | null | undefined;
    return value === null || value === undefined ? undefined : Math.floor(value * 1000);
  };
}
