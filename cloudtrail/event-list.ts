/**
 * The event list of a data file: the ids of its events in the order of time, with an index of their seconds, so that a commit
 * reads only the seconds that it needs. Little-endian:
 *
 * - 4 words: the letters `TMEL`, the format, the rows of the data file, the bytes of the index
 * - the index: for each second with events, the difference to the previous second and the number of events (LEB128 varints),
 *   padded with zeros to a multiple of 4 bytes
 * - the events, ordered by second and then by row: the words of the id, and the row
 *
 * Rows without an event id are left out.
 */
import { type EventIds, ID_WORDS, SECONDS_A_DAY } from './event-ids.js';

/** Words of an event in a list: its id, then its row. */
export const ENTRY_WORDS = ID_WORDS + 1;
/** Bytes of an event in a list. */
export const ENTRY_BYTES = ENTRY_WORDS * 4;

const MAGIC = Buffer.from('TMEL').readUInt32LE();
const FORMAT = 1;
const HEADER_WORDS = 4;
const HEADER_BYTES = HEADER_WORDS * 4;

/** The index of an event list. */
export interface EventIndex {
  /** The seconds of the event day that have events, ascending. */
  seconds: Uint32Array;
  /** For each of them, the number of events up to its end. */
  ends: Uint32Array;
  /** Offset of the first event in the list, in bytes. */
  eventsAt: number;
}

/** Encodes the list of a data file. */
export function eventListOf({ ids, seconds }: EventIds): Uint8Array {
  const order = bySecond(ids, seconds);
  const index: number[] = [];
  for (let at = 0, previous = 0; at < order.length; ) {
    const second = seconds[order[at]];
    const from = at;
    while (at < order.length && seconds[order[at]] === second) at++;
    pushVarint(index, second - previous);
    pushVarint(index, at - from);
    previous = second;
  }
  while (index.length % 4 !== 0) index.push(0);
  const list = new Uint8Array(HEADER_BYTES + index.length + order.length * ENTRY_BYTES);
  const words = new Uint32Array(list.buffer);
  words.set([MAGIC, FORMAT, seconds.length, index.length]);
  list.set(index, HEADER_BYTES);
  let to = HEADER_WORDS + index.length / 4;
  for (const row of order) {
    for (let i = 0; i < ID_WORDS; i++) words[to++] = ids[row * ID_WORDS + i];
    words[to++] = row;
  }
  return list;
}

/** The rows with an event id, ordered by second and then by row (counting sort). */
function bySecond(ids: Uint32Array, seconds: Uint32Array): Uint32Array {
  const has = (row: number): boolean => {
    const at = row * ID_WORDS;
    return (ids[at] | ids[at + 1] | ids[at + 2] | ids[at + 3]) !== 0;
  };
  const next = new Uint32Array(SECONDS_A_DAY + 1);
  for (let row = 0; row < seconds.length; row++) if (has(row)) next[seconds[row] + 1]++;
  for (let second = 0; second < SECONDS_A_DAY; second++) next[second + 1] += next[second];
  const order = new Uint32Array(next[SECONDS_A_DAY]);
  for (let row = 0; row < seconds.length; row++) if (has(row)) order[next[seconds[row]]++] = row;
  return order;
}

/** Bytes of the header and the index of a list that starts with `start`; `undefined` if it is not an event list. */
export function indexEndOf(start: Uint8Array): number | undefined {
  if (start.length < HEADER_BYTES) return undefined;
  const header = new DataView(start.buffer, start.byteOffset, HEADER_BYTES);
  const isList = header.getUint32(0, true) === MAGIC && header.getUint32(4, true) === FORMAT;
  return isList ? HEADER_BYTES + header.getUint32(12, true) : undefined;
}

/**
 * Reads the index of the list of a data file with `rows` rows.
 * @param start the list, or its first bytes: at least those of {@link indexEndOf}
 * @returns `undefined` if it is damaged
 */
export function readEventIndex(start: Uint8Array, rows: number): EventIndex | undefined {
  const end = indexEndOf(start);
  if (end === undefined || end > start.length) return undefined;
  if (new DataView(start.buffer, start.byteOffset, HEADER_BYTES).getUint32(8, true) !== rows) return undefined;
  const seconds: number[] = [];
  const ends: number[] = [];
  let second = 0;
  let events = 0;
  for (let at = HEADER_BYTES; at < end; ) {
    let difference: number;
    let count: number;
    [difference, at] = readVarint(start, at);
    // Only padding has no count after a second: no second has 0 events.
    [count, at] = at < end ? readVarint(start, at) : [0, at];
    if (count === 0) break;
    second += difference;
    events += count;
    if (second >= SECONDS_A_DAY || events > rows) return undefined;
    seconds.push(second);
    ends.push(events);
  }
  return { seconds: Uint32Array.from(seconds), ends: Uint32Array.from(ends), eventsAt: end };
}

function pushVarint(bytes: number[], value: number): void {
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  bytes.push(rest);
}

/** The value at `at`, and the offset after it. */
function readVarint(bytes: Uint8Array, at: number): [number, number] {
  let value = 0;
  let next = at;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[next++];
    value |= (byte & 127) << shift;
    if (!(byte & 128) || shift > 21) return [value >>> 0, next];
  }
}
