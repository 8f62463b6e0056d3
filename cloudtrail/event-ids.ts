/**
 * The identity of an event: recipientAccountId, eventID and the second of its time (`ts`), as a fingerprint of 128 bits. The
 * same event can be delivered twice, and all its copies have the same time, because they are the same record. Events with the
 * same `sharedEventID` are different events, so it is ignored.
 */
import { createHash } from 'node:crypto';
import type { LongColumn } from '../columnar/columns.js';
import type { RowSet } from '../columnar/row-set.js';
import type { StringColumn } from '../columnar/string-column.js';

/** Number of 32-bit words of an id. */
export const ID_WORDS = 4;

/** Seconds of an event day. */
export const SECONDS_A_DAY = 86_400;

/** Column with the account that an event id belongs to. */
export const ACCOUNT_COLUMN = 'aws.cloudtrail.recipient_account_id';

/** Column with the time of an event; every row has one. */
export const TIME_COLUMN = 'ts';

/** Column with the id of an event. */
export const EVENT_COLUMN = 'event.id';
/**
 * Column with the id of an event that has no `event.id`. Its account is ignored: aggregated events have no
 * recipientAccountId, and their ids must remain equal to those of rows that are already in tables.
 */
export const AGGREGATED_EVENT_COLUMN = 'aws.cloudtrail.aggregated.event_id';

/** The identities of the rows of a data file, in row order. */
export interface EventIds {
  /** {@link ID_WORDS} words a row; all of them 0 for a row without an event id, which is never a duplicate. */
  ids: Uint32Array;
  /** The second of the event day, from 0, of each row. */
  seconds: Uint32Array;
}

/** Returns the identities of the rows; `undefined` for a table whose records have no event ids: digests. */
export function eventIdsOf(rows: RowSet): EventIds | undefined {
  const at = (name: string): StringColumn | undefined =>
    rows.columns[rows.specs.findIndex((spec) => spec.name === name)] as StringColumn | undefined;
  const ids = at(EVENT_COLUMN);
  if (ids === undefined) return undefined;
  rows.finish();
  const times = rows.column(TIME_COLUMN) as LongColumn;
  const aggregated = at(AGGREGATED_EVENT_COLUMN);
  const accounts = at(ACCOUNT_COLUMN);
  const writer = new EventIdWriter(rows.rows);
  for (let row = 0; row < rows.rows; row++) {
    const id = has(ids, row) ? ids : aggregated;
    if (id === undefined || !has(id, row)) continue;
    const account = accounts !== undefined && has(accounts, row) ? bytesOf(accounts, row) : NONE;
    const micros = times.values[row];
    const second = Number.isSafeInteger(micros) ? secondOfDay(micros) : secondOfDayExact(times.exact(row));
    writer.write(row, account, bytesOf(id, row), second);
  }
  return writer.written;
}

const NONE = new Uint8Array(0);

/** The second of its day, from 0, of a time in microseconds since the epoch. */
function secondOfDay(micros: number): number {
  const second = Math.floor(micros / 1e6) % SECONDS_A_DAY;
  return second < 0 ? second + SECONDS_A_DAY : second;
}

/** Like the above, for times that a double does not represent exactly. */
export function secondOfDayExact(micros: bigint): number {
  const day = BigInt(SECONDS_A_DAY) * 1_000_000n;
  return Number((((micros % day) + day) % day) / 1_000_000n);
}

/** Not `Column.has`, which is only valid for the last row that was written. */
function has(column: StringColumn, row: number): boolean {
  return (column.validity[row >> 3] & (1 << (row & 7))) !== 0;
}

function bytesOf(column: StringColumn, row: number): Uint8Array {
  return column.data.subarray(column.offsets[row], column.offsets[row + 1]);
}

/**
 * Writes ids. An event id is a UUID, which already has 128 bits. It is combined with a hash of the account and one of the second
 * by XOR. So two events of one account and second never get the same id. Others do with a probability of 2^-128, and never if
 * their UUIDs have a word in common, as those that count up do. Any other text is hashed.
 */
export class EventIdWriter {
  readonly written: EventIds;
  private account: Uint8Array = NONE;
  private mask = digest(NONE, NONE);

  constructor(rows: number) {
    this.written = { ids: new Uint32Array(rows * ID_WORDS), seconds: new Uint32Array(rows) };
  }

  write(row: number, account: Uint8Array, id: Uint8Array, second: number): void {
    const { ids, seconds } = this.written;
    const at = row * ID_WORDS;
    if (!same(account, this.account)) {
      // A copy: the column's buffer may be replaced before the next account.
      this.account = Uint8Array.from(account);
      this.mask = digest(account, NONE);
    }
    if (!this.uuid(id, at)) ids.set(digest(account, id), at);
    else for (let i = 0; i < ID_WORDS; i++) ids[at + i] ^= this.mask[i];
    for (let i = 0; i < ID_WORDS; i++) ids[at + i] ^= hashOfSecond(second, i);
    seconds[row] = second;
  }

  /** Reads the 32 hexadecimal digits of a lower-case UUID, as CloudTrail writes it; returns false for anything else. */
  private uuid(id: Uint8Array, at: number): boolean {
    if (id.length !== UUID_BYTES) return false;
    for (const hyphen of HYPHENS) if (id[hyphen] !== 45) return false;
    const { ids } = this.written;
    let word = 0;
    let invalid = 0;
    for (let i = 0; i < DIGITS.length; i++) {
      const digit = DIGIT_VALUES[id[DIGITS[i]]];
      invalid |= digit;
      word = (word << 4) | digit;
      if ((i & 7) === 7) ids[at + (i >> 3)] = word;
    }
    return invalid >= 0;
  }
}

const UUID_BYTES = 36;
/** Offsets of the hyphens in a UUID's text, and those of its digits. */
const HYPHENS: readonly number[] = [8, 13, 18, 23];
const DIGITS = Uint8Array.from({ length: UUID_BYTES }, (_, i) => i).filter((i) => !HYPHENS.includes(i));
/** The value of each character as a lower-case hexadecimal digit; -1 if it is not one. */
const DIGIT_VALUES = Int8Array.from({ length: 256 }, (_, c) =>
  c >= 48 && c <= 57 ? c - 48 : c >= 97 && c <= 102 ? c - 87 : -1,
);

/** 32 evenly distributed bits for each word of a second's hash; no two seconds have a word in common (MurmurHash3's fmix32). */
function hashOfSecond(second: number, word: number): number {
  let hash = Math.imul(second + 1, 0x9e3779b1) ^ Math.imul(word + 1, 0x7f4a7c15);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
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
