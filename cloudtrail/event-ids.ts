/**
 * The identity of an event: 128 bits computed from (recipientAccountId, eventID). The same event can be delivered twice.
 * Events with the same `sharedEventID` are different events, so it is ignored.
 */
import { createHash } from 'node:crypto';
import type { StringColumn } from '../columnar/columns.js';
import type { RowSet } from '../columnar/row-set.js';

/** Number of 32-bit words of an id. */
export const ID_WORDS = 4;

/** Column with the account that an event id belongs to. */
export const ACCOUNT_COLUMN = 'aws.cloudtrail.recipient_account_id';

/** Column with the id of an event. */
export const EVENT_COLUMN = 'event.id';
/**
 * Column with the id of an event that has no `event.id`. Its account is ignored: aggregated events have no
 * recipientAccountId, and their ids must remain equal to those of rows that are already in tables.
 */
export const AGGREGATED_EVENT_COLUMN = 'aws.cloudtrail.aggregated.event_id';
/** Offsets of the hyphens in a UUID's text. */
const HYPHENS: readonly number[] = [8, 13, 18, 23];
const UUID_BYTES = 36;

/**
 * Returns the ids of the rows, {@link ID_WORDS} words each, in row order. All words are 0 for a row without an event id,
 * which is never a duplicate. `undefined` for a table whose records have no event ids: digests.
 */
export function eventIdsOf(rows: RowSet): Uint32Array | undefined {
  const at = (name: string): StringColumn | undefined =>
    rows.columns[rows.specs.findIndex((spec) => spec.name === name)] as StringColumn | undefined;
  const ids = at(EVENT_COLUMN);
  if (ids === undefined) return undefined;
  rows.finish();
  const aggregated = at(AGGREGATED_EVENT_COLUMN);
  const accounts = at(ACCOUNT_COLUMN);
  const out = new Uint32Array(rows.rows * ID_WORDS);
  const writer = new EventIdWriter(out);
  for (let row = 0; row < rows.rows; row++) {
    const id = has(ids, row) ? ids : aggregated;
    if (id === undefined || !has(id, row)) continue;
    const account = accounts !== undefined && has(accounts, row) ? bytesOf(accounts, row) : NONE;
    writer.write(row, account, bytesOf(id, row));
  }
  return out;
}

const NONE = new Uint8Array(0);

/** Not `Column.has`, which is only valid for the last row that was written. */
function has(column: StringColumn, row: number): boolean {
  return (column.validity[row >> 3] & (1 << (row & 7))) !== 0;
}

function bytesOf(column: StringColumn, row: number): Uint8Array {
  return column.data.subarray(column.offsets[row], column.offsets[row + 1]);
}

/**
 * Writes ids. An event id is a UUID, which already has 128 bits. It is combined with a hash of the account by XOR, so two
 * events of one account never get the same id, and events of different accounts with a probability of 2^-128. Any other
 * text is hashed.
 */
export class EventIdWriter {
  private account: Uint8Array = NONE;
  private mask = digest(NONE, NONE);

  constructor(private readonly out: Uint32Array) {}

  write(row: number, account: Uint8Array, id: Uint8Array): void {
    const at = row * ID_WORDS;
    if (!same(account, this.account)) {
      // A copy: the column's buffer may be replaced before the next account.
      this.account = Uint8Array.from(account);
      this.mask = digest(account, NONE);
    }
    if (!this.uuid(id, at)) this.out.set(digest(account, id), at);
    else for (let i = 0; i < ID_WORDS; i++) this.out[at + i] ^= this.mask[i];
  }

  /** Reads the 32 hexadecimal digits of a lower-case UUID, as CloudTrail writes it; returns false for anything else. */
  private uuid(id: Uint8Array, at: number): boolean {
    if (id.length !== UUID_BYTES) return false;
    let word = 0;
    let digits = 0;
    for (let i = 0; i < UUID_BYTES; i++) {
      const c = id[i];
      if (HYPHENS.includes(i)) {
        if (c !== 45) return false;
        continue;
      }
      const digit = c >= 48 && c <= 57 ? c - 48 : c >= 97 && c <= 102 ? c - 87 : -1;
      if (digit < 0) return false;
      word = (word << 4) | digit;
      if ((++digits & 7) === 0) this.out[at + (digits >> 3) - 1] = word;
    }
    return true;
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function digest(account: Uint8Array, id: Uint8Array): Uint32Array {
  const hash = createHash('sha256').update(account).update('\0').update(id).digest();
  return new Uint32Array(hash.buffer.slice(hash.byteOffset, hash.byteOffset + 4 * ID_WORDS));
}
