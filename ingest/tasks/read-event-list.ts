/** Makes the event list of a data file that has none, for example of another writer. Runs in a decoder thread. */
import type { Table, Vector } from 'apache-arrow';
import {
  ACCOUNT_COLUMN,
  AGGREGATED_EVENT_COLUMN,
  EVENT_COLUMN,
  EventIdWriter,
  secondOfDayExact,
  TIME_COLUMN,
} from '../../cloudtrail/event-ids.js';
import { eventListOf } from '../../cloudtrail/event-list.js';
import { readColumns } from '../../columnar/parquet.js';

const NONE = new Uint8Array(0);

/** Returns the list that was, or would have been, stored with the data file; without events if the file lacks the columns. */
export async function readEventList(parquet: Uint8Array): Promise<Uint8Array> {
  const table = await readColumns(parquet, [TIME_COLUMN, ACCOUNT_COLUMN, AGGREGATED_EVENT_COLUMN, EVENT_COLUMN]);
  const writer = new EventIdWriter(table?.numRows ?? 0);
  if (table === undefined) return eventListOf(writer.written);
  // Not `get`, which returns milliseconds. Iceberg's timestamps are microseconds (spec, Appendix A).
  const times = member(table, TIME_COLUMN)?.toArray() as BigInt64Array | undefined;
  const ids = member(table, EVENT_COLUMN);
  const aggregated = member(table, AGGREGATED_EVENT_COLUMN);
  const accounts = member(table, ACCOUNT_COLUMN);
  const encoder = new TextEncoder();
  for (let row = 0; row < table.numRows; row++) {
    const id = ids?.get(row) ?? aggregated?.get(row);
    const time = times?.[row];
    if (id == null || time === undefined) continue;
    const account = accounts?.get(row);
    const of = account == null ? NONE : encoder.encode(String(account));
    writer.write(row, of, encoder.encode(String(id)), secondOfDayExact(time));
  }
  return eventListOf(writer.written);
}

function member(table: Table, column: string): Vector | null {
  const [top, ...names] = column.split('.');
  let at: Vector | null = table.getChild(top);
  for (const name of names) at = at?.getChild(name) ?? null;
  return at;
}
