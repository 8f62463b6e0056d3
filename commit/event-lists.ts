/** Reads the event lists of data files: only the seconds that a commit needs. A list that is missing is made once. */
import { ENTRY_BYTES, type EventIndex, indexEndOf, readEventIndex } from '../cloudtrail/event-list.js';
import { ObjectNotFound } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { readTableFile, unreadableFileError } from '../iceberg/damage.js';
import type { DataFile } from '../iceberg/types.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import { eventListKey, oldEventListKey } from '../run/work-keys.js';
import type { ObjectStore } from '../storage/object-store.js';

/** Bytes that are read first: the index of about 2,000 seconds, or the whole of a small list. */
const START_BYTES = 4 * 1024;

/** Two parts of a list with fewer bytes between them are read as one: a request costs as much as reading this many bytes. */
const GAP_BYTES = 64 * 1024;

/** Events of a list, by their position: from `from` up to, but not including, `end`. */
export interface Span {
  from: number;
  end: number;
}

/** A part of a list. */
export interface EventPart {
  index: EventIndex;
  /** See cloudtrail/event-list.ts: `ENTRY_WORDS` words per event, ordered by second and then by row. */
  events: Uint32Array[];
}

/** Indexes of lists that this process has read or written, so that later commits of the day do not read them again. */
const known = new Map<string, EventIndex>();
let knownBytes = 0;
const MAX_KNOWN_BYTES = 16 * 1024 * 1024;

/** The event lists of a table's data files. */
export class EventLists {
  constructor(
    private readonly warehouse: ObjectStore,
    private readonly table: Pick<LoadedTable, 'store' | 'identifier'>,
    private readonly pool: DecoderPool,
    private readonly signal?: AbortSignal,
  ) {}

  /** Returns the index of a file's list. */
  async index(file: DataFile): Promise<EventIndex> {
    return (await this.read(file, () => [])).index;
  }

  /**
   * Returns some of the events of a file.
   * @param wanted returns their spans in the list, ascending, by its index
   */
  async read(file: DataFile, wanted: (index: EventIndex) => readonly Span[]): Promise<EventPart> {
    return (await this.stored(file, wanted)) ?? this.make(file, wanted);
  }

  /** Like {@link read}, with one request for all events of a file. */
  async readAll(file: DataFile): Promise<EventPart> {
    const key = eventListKey(file.path);
    const list = await this.orMissing(async () => (await this.warehouse.get(key, { signal: this.signal })).body);
    const index = list && remembered(file, list);
    const part = index && partOf(list, index, wholeOf);
    return part ?? this.make(file, wholeOf);
  }

  /** `undefined` if the list is missing or damaged. */
  private async stored(file: DataFile, wanted: (index: EventIndex) => readonly Span[]): Promise<EventPart | undefined> {
    const key = eventListKey(file.path);
    const { warehouse, signal } = this;
    const readRange = (from: number, length: number) => warehouse.getRange(key, { from, length }, { signal });
    return this.orMissing(async () => {
      let index = known.get(file.path);
      if (index === undefined) {
        let start = await readRange(0, START_BYTES);
        const end = indexEndOf(start);
        if (end !== undefined && end > start.length) start = await readRange(0, end);
        index = remembered(file, start);
        if (index === undefined) return undefined;
        if (start.length >= index.eventsAt + (index.ends.at(-1) ?? 0) * ENTRY_BYTES)
          return partOf(start, index, wanted);
      }
      const events: Uint32Array[] = [];
      for (const { from, end } of joined(wanted(index))) {
        const part = await readRange(index.eventsAt + from * ENTRY_BYTES, (end - from) * ENTRY_BYTES);
        if (part.length !== (end - from) * ENTRY_BYTES) return undefined;
        events.push(wordsOf(part));
      }
      return { index, events };
    });
  }

  /** Makes the list from the data file and stores it, so that the data file is read for this only once. */
  private async make(file: DataFile, wanted: (index: EventIndex) => readonly Span[]): Promise<EventPart> {
    const { store, identifier } = this.table;
    const from = { path: file.path, bytes: file.bytes, kind: 'data file', of: identifier.name } as const;
    const list = await readTableFile(store, from, (body) => this.pool.readEventList(body, this.signal), this.signal);
    await this.warehouse.put(eventListKey(file.path), list, { signal: this.signal });
    // It replaces the list of an earlier version; one that remains does no harm.
    await this.warehouse.delete(oldEventListKey(file.path), { signal: this.signal }).catch(() => {});
    const index = remembered(file, list);
    const part = index && partOf(list, index, wanted);
    if (part === undefined)
      throw unreadableFileError(file.path, 'data file', identifier.name, `it does not have ${file.rows} rows`);
    return part;
  }

  private async orMissing<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof ObjectNotFound) return undefined;
      throw error;
    }
  }
}

const wholeOf = ({ ends }: EventIndex): Span[] => [{ from: 0, end: ends.at(-1) ?? 0 }];

function remembered(file: DataFile, start: Uint8Array): EventIndex | undefined {
  const index = readEventIndex(start, file.rows);
  if (index === undefined || known.has(file.path)) return index;
  known.set(file.path, index);
  knownBytes += bytesOf(file.path, index);
  for (const [oldest, one] of known) {
    if (knownBytes <= MAX_KNOWN_BYTES) break;
    known.delete(oldest);
    knownBytes -= bytesOf(oldest, one);
  }
  return index;
}

const bytesOf = (path: string, { seconds, ends }: EventIndex): number =>
  path.length + seconds.byteLength + ends.byteLength + 300;

/** `undefined` if the list ends too early. */
function partOf(
  list: Uint8Array,
  index: EventIndex,
  wanted: (index: EventIndex) => readonly Span[],
): EventPart | undefined {
  const events = wanted(index).map(({ from, end }) =>
    list.subarray(index.eventsAt + from * ENTRY_BYTES, index.eventsAt + end * ENTRY_BYTES),
  );
  if (list.length < index.eventsAt + (index.ends.at(-1) ?? 0) * ENTRY_BYTES) return undefined;
  return { index, events: events.map(wordsOf) };
}

/** Copies bytes that are not aligned: a Buffer may start at any offset of its memory. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}

function joined(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const { from, end } of spans) {
    const last = result.at(-1);
    if (last !== undefined && (from - last.end) * ENTRY_BYTES <= GAP_BYTES) last.end = end;
    else if (end > from) result.push({ from, end });
  }
  return result;
}
