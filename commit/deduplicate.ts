/**
 * Finds repeated events: rows of a commit that the table already has. It compares event ids (16 bytes each) of the same event
 * day. A limited number of the commit's ids is in memory; the table's ids are read one file at a time. The row that was
 * committed first is kept. The others become position deletes in the same snapshot, so no file is rewritten.
 */
import { ID_WORDS } from '../cloudtrail/event-ids.js';
import { ObjectNotFound } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { readTableFile } from '../iceberg/damage.js';
import type { Snapshot } from '../iceberg/metadata.js';
import type { FileDeletes } from '../iceberg/position-deletes.js';
import { scanFiles } from '../iceberg/scan.js';
import type { DataFile } from '../iceberg/types.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import { FingerprintSet, hashOf } from '../ledger/fingerprints.js';
import { toDayNumber } from '../protocol/days.js';
import type { RunContext } from '../run/context.js';
import { DELIVERY_DAY } from '../run/summary-keys.js';
import { eventIdsKey } from '../run/work-area.js';
import { readAhead } from '../storage/concurrency.js';

/** Events of a commit that are compared in one pass, some 60 bytes each. If there are more, the day's files are read again. */
const EVENTS_PER_PASS = 1_000_000;

/** Number of id lists that are read ahead: 16 bytes an event. */
const FILES_AHEAD = 8;

/** The files to check for repeated events, and the table to search. */
export interface DuplicateSearch {
  table: LoadedTable;
  /** The commit's files with event ids. Of equal events in them, the first is kept. */
  files: readonly DataFile[];
  /** Delivery day of the commit. */
  deliveryDay: string;
  windowDays: number;
  /** {@link EVENTS_PER_PASS} by default. For tests. */
  eventsPerPass?: number;
}

/** Returns the positions of repeated events by file, in the order of `files`. Files without repeats are left out. */
export async function findDuplicates(
  { warehouse }: Pick<RunContext, 'warehouse'>,
  pool: DecoderPool,
  search: DuplicateSearch,
  signal?: AbortSignal,
): Promise<FileDeletes[]> {
  const read = (file: DataFile): Promise<Uint32Array> => eventIds(warehouse, search.table, pool, file, signal);
  const found = search.files.map((): number[] => []);
  for (const day of new Set(search.files.map((file) => file.day))) {
    const own = search.files.flatMap((file, number) => (file.day === day && file.rows > 0 ? [{ file, number }] : []));
    const events = own.reduce((sum, { file }) => sum + file.rows, 0);
    const passes = Math.ceil(events / (search.eventsPerPass ?? EVENTS_PER_PASS));
    for (let pass = 0; pass < passes; pass++) {
      const events = new CommitEvents(pass, passes);
      const mine = readAhead(own, FILES_AHEAD, async ({ file, number }) => ({ ids: await read(file), number }));
      for await (const { ids, number } of mine) events.addAll(ids, number, found[number]);
      const committed = scanFiles(search.table, {
        dayRange: { from: day, to: day },
        addedBy: (snapshot) => isInWindow(search, snapshot),
        signal,
      });
      for await (const ids of readAhead(committed, FILES_AHEAD, read)) events.markRepeats(ids, found);
    }
  }
  return search.files.flatMap(({ path }, number) =>
    found[number].length === 0 ? [] : [{ path, positions: Uint32Array.from(found[number]).sort() }],
  );
}

/** Tests whether a snapshot's delivery day is within the window. Unknown and expired snapshots count as within. */
function isInWindow({ deliveryDay, windowDays }: DuplicateSearch, snapshot: Snapshot | undefined): boolean {
  const day = snapshot?.summary[DELIVERY_DAY];
  return day === undefined || Math.abs(toDayNumber(day) - toDayNumber(deliveryDay)) <= windowDays;
}

/** The events of a commit that one pass compares. */
class CommitEvents {
  private readonly ids = new FingerprintSet();
  /** File and row of each id, by the id's number in the set. */
  private files = new Uint32Array(1024);
  private rows = new Uint32Array(1024);

  constructor(
    private readonly pass: number,
    private readonly passes: number,
  ) {}

  /** Adds the events of a file of the commit. Rows of events that were added before go to `repeats`. */
  addAll(ids: Uint32Array, file: number, repeats: number[]): void {
    for (let at = 0, row = 0; at < ids.length; at += ID_WORDS, row++) {
      if (!this.isInPass(ids, at)) continue;
      const number = this.ids.size;
      if (!this.ids.add(ids, at)) {
        repeats.push(row);
        continue;
      }
      if (number === this.files.length) {
        this.files = grown(this.files);
        this.rows = grown(this.rows);
      }
      this.files[number] = file;
      this.rows[number] = row;
    }
  }

  /** Takes the ids of a table file. Rows of the commit with the same id go to `repeats`, once. */
  markRepeats(ids: Uint32Array, repeats: number[][]): void {
    for (let at = 0; at < ids.length; at += ID_WORDS) {
      if (!this.isInPass(ids, at)) continue;
      const number = this.ids.numberOf(ids, at);
      if (number < 0 || this.files[number] === REPEATED) continue;
      repeats[this.files[number]].push(this.rows[number]);
      this.files[number] = REPEATED;
    }
  }

  private isInPass(ids: Uint32Array, at: number): boolean {
    // The high bits select the pass and the low bits the slot in the set, so ids of a pass are still spread over all slots.
    if (this.passes > 1 && Math.floor((hashOf(ids, at) / 2 ** 32) * this.passes) !== this.pass) return false;
    return (ids[at] | ids[at + 1] | ids[at + 2] | ids[at + 3]) !== 0;
  }
}

const REPEATED = 0xffffffff;

function grown(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const copy = new Uint32Array(array.length * 2);
  copy.set(array);
  return copy;
}

/** Returns a data file's event ids, four words a row: the stored list, or, if it is missing or incomplete, from the file. */
async function eventIds(
  warehouse: RunContext['warehouse'],
  { store, identifier }: LoadedTable,
  pool: DecoderPool,
  file: DataFile,
  signal?: AbortSignal,
): Promise<Uint32Array> {
  try {
    const { body } = await warehouse.get(eventIdsKey(file.path), { signal });
    // Copy it, because a Buffer may start at an unaligned offset of its memory.
    if (body.length === file.rows * ID_WORDS * 4) return new Uint32Array(new Uint8Array(body).buffer);
  } catch (error) {
    if (!(error instanceof ObjectNotFound)) throw error;
  }
  const from = { path: file.path, bytes: file.bytes, kind: 'data file', of: identifier.name } as const;
  return readTableFile(store, from, (parquet) => pool.readEventIds(parquet, signal), signal);
}
