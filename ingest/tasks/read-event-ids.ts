/** Reads event ids from a data file without a stored list, for example of another writer. Runs in a decoder thread. */
import type { Table, Vector } from 'apache-arrow';
import {
  ACCOUNT_COLUMN,
  AGGREGATED_EVENT_COLUMN,
  EVENT_COLUMN,
  EventIdWriter,
  ID_WORDS,
} from '../../cloudtrail/event-ids.js';
import { readColumns } from '../../columnar/parquet.js';

const NONE = new Uint8Array(0);

/** Returns the same ids as `eventIdsOf` at the time of writing, four words a row; empty if the file lacks the columns. */
export async function readEventIds(parquet: Uint8Array): Promise<Uint32Array> {
  const table = await readColumns(parquet, [ACCOUNT_COLUMN, AGGREGATED_EVENT_COLUMN, EVENT_COLUMN]);
  if (table === undefined) return new Uint32Array(0);
  const ids = member(table, EVENT_COLUMN);
  const aggregated = member(table, AGGREGATED_EVENT_COLUMN);
  const accounts = member(table, ACCOUNT_COLUMN);
  const out = new Uint32Array(table.numRows * ID_WORDS);
  const writer = new EventIdWriter(out);
  const encoder = new TextEncoder();
  for (let row = 0; row < table.numRows; row++) {
    const id = ids?.get(row) ?? aggregated?.get(row);
    if (id == null) continue;
    const account = accounts?.get(row);
    writer.write(row, account == null ? NONE : encoder.encode(String(account)), encoder.encode(String(id)));
  }
  return out;
}

function member(table: Table, column: string): Vector | null {
  const [top, ...names] = column.split('.');
  let at: Vector | null = table.getChild(top);
  for (const name of names) at = at?.getChild(name) ?? null;
  return at;
}
