/** Event ids out of a data file that has no list of them beside it, such as one that another writer made. In a thread. */
import { tableFromIPC, type Vector } from 'apache-arrow';
import { readParquet } from 'parquet-wasm/node';
import { EventIdWriter, ID_WORDS } from '../cloudtrail/event-ids.js';

const NONE = new Uint8Array(0);

/** The same as `eventIdsOf` gave when the rows were written. */
export function readEventIds(parquet: Uint8Array): Uint32Array {
  const table = tableFromIPC(readParquet(parquet, { columns: ['event', 'aws'] }).intoIPCStream());
  const ids = member(table.getChild('event'), 'id');
  const accounts = member(table.getChild('aws'), 'cloudtrail', 'recipient_account_id');
  const out = new Uint32Array(table.numRows * ID_WORDS);
  const writer = new EventIdWriter(out);
  const encoder = new TextEncoder();
  for (let row = 0; row < table.numRows; row++) {
    const id = ids?.get(row);
    if (id == null) continue;
    const account = accounts?.get(row);
    writer.write(row, account == null ? NONE : encoder.encode(String(account)), encoder.encode(String(id)));
  }
  return out;
}

function member(struct: Vector | null, ...names: string[]): Vector | null {
  let at = struct;
  for (const name of names) at = at?.getChild(name) ?? null;
  return at;
}
