/**
 * Repeated events: which rows of a commit does the table have already? They are found by the ids of events (16 bytes each) of
 * the same event day: those of the commit are held in memory, so many at a time; those of the table go by, a file at a
 * time. The first that was committed stays; the others become position deletes of the same snapshot, so no file is rewritten.
 */
import { ID_WORDS } from '../cloudtrail/event-ids.js';
import { ObjectNotFound } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { readTableFile } from '../iceberg/damage.js';
import type { FileDeletes } from '../iceberg/position-deletes.js';
import { scanFiles } from '../iceberg/scan.js';
import { snapshotById } from '../iceberg/snapshot.js';
import type { DataFile } from '../iceberg/types.js';
import type { DecoderPool } from '../ingest/decoder-pool.js';
import { FingerprintSet, hashOf } from '../ingest/fingerprints.js';
import { readAhead } from '../storage/concurrency.js';
import { toDayNumber } from '../workflows/days.js';
import type { RunContext } from './run-context.js';
import { DELIVERY_DAY } from './summary-keys.js';
import { eventIdsKey } from './work-area.js';

/** Events of a commit that are compared at once: some 60 bytes each. With more, the files of the day go by more often. */
const EVENTS_AT_ONCE = 1_000_000;

/** Lists of ids that are read ahead of the one that is being compared: 16 bytes an event. */
const FILES_AHEAD = 8;

export interface Search {
  table: LoadedTable;
  /** The commit's own files that have event ids; of two equal events in them the first stays. */
  files: readonly DataFile[];
  /** Delivery day of the commit. */
  deliveryDay: string;
  windowDays: number;
  eventsAtOnce?: number;
}

/** The repeats, by file, in the order of `files`; a file without any is not in the answer. */
export async function findDuplicates(
  { warehouse }: Pick<RunContext, 'warehouse'>,
  pool: DecoderPool,
  search: Search,
  signal?: AbortSignal,
): Promise<FileDeletes[]> {
  const read = (file: DataFile): Promise<Uint32Array> => eventIds(warehouse, search.table, pool, file, signal);
  const found = search.files.map((): number[] => []);
  for (const day of new Set(search.files.map((file) => file.day))) {
    const own = search.files.flatMap((file, number) => (file.day === day && file.rows > 0 ? [{ file, number }] : []));
    const events = own.reduce((sum, { file }) => sum + file.rows, 0);
    const passes = Math.ceil(events / (search.eventsAtOnce ?? EVENTS_AT_ONCE));
    for (let pass = 0; pass < passes; pass++) {
      const events = new Events(pass, passes);
      const mine = readAhead(own, FILES_AHEAD, async ({ file, number }) => ({ ids: await read(file), number }));
      for await (const { ids, number } of mine) events.addAll(ids, number, found[number]);
      const there = scanFiles(search.table, {
        dayRange: { from: day, to: day },
        manifests: ({ added_snapshot_id }) => isNear(search, added_snapshot_id),
        signal,
      });
      for await (const ids of readAhead(there, FILES_AHEAD, read)) events.strike(ids, found);
    }
  }
  return search.files.flatMap(({ path }, number) =>
    found[number].length === 0 ? [] : [{ path, positions: Uint32Array.from(found[number]).sort() }],
  );
}

/** Was it delivered within the window? A snapshot that does not say, or that is not kept any more, may have been. */
function isNear({ table, deliveryDay, windowDays }: Search, snapshotId: bigint): boolean {
  const day = snapshotById(table.metadata, snapshotId)?.summary[DELIVERY_DAY];
  return day === undefined || Math.abs(toDayNumber(day) - toDayNumber(deliveryDay)) <= windowDays;
}

/** The events of a commit, or the part of them that a pass looks at. */
class Events {
  private readonly ids = new FingerprintSet();
  /** File and row of each id, by its number. */
  private files = new Uint32Array(1024);
  private rows = new Uint32Array(1024);

  constructor(
    private readonly pass: number,
    private readonly passes: number,
  ) {}

  /** Adds the events of a file of the commit; the rows of those that are there already go to `repeats`. */
  addAll(ids: Uint32Array, file: number, repeats: number[]): void {
    for (let at = 0, row = 0; at < ids.length; at += ID_WORDS, row++) {
      if (!this.concerns(ids, at)) continue;
      const number = this.ids.size;
      if (!this.ids.add(ids, at)) {
        repeats.push(row);
        continue;
      }
      if (number === this.files.length) {
        this.files = larger(this.files);
        this.rows = larger(this.rows);
      }
      this.files[number] = file;
      this.rows[number] = row;
    }
  }

  /** Says that the table has these: what of the commit is among them is a repeat, once. */
  strike(ids: Uint32Array, repeats: number[][]): void {
    for (let at = 0; at < ids.length; at += ID_WORDS) {
      if (!this.concerns(ids, at)) continue;
      const number = this.ids.numberOf(ids, at);
      if (number < 0 || this.files[number] === STRUCK) continue;
      repeats[this.files[number]].push(this.rows[number]);
      this.files[number] = STRUCK;
    }
  }

  private concerns(ids: Uint32Array, at: number): boolean {
    // The high bits say the pass, the low ones the slot in the set: within a pass these are still spread over all slots.
    if (this.passes > 1 && Math.floor((hashOf(ids, at) / 2 ** 32) * this.passes) !== this.pass) return false;
    return (ids[at] | ids[at + 1] | ids[at + 2] | ids[at + 3]) !== 0;
  }
}

const STRUCK = 0xffffffff;

function larger(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const copy = new Uint32Array(array.length * 2);
  copy.set(array);
  return copy;
}

/** Four words a row: from beside the file, or out of the file itself where they are not there, or not all of them. */
async function eventIds(
  warehouse: RunContext['warehouse'],
  { store, identifier }: LoadedTable,
  pool: DecoderPool,
  file: DataFile,
  signal?: AbortSignal,
): Promise<Uint32Array> {
  try {
    const { body } = await warehouse.get(eventIdsKey(file.path), { signal });
    // A copy: a Buffer may begin at any byte of its memory.
    if (body.length === file.rows * ID_WORDS * 4) return new Uint32Array(new Uint8Array(body).buffer);
  } catch (error) {
    if (!(error instanceof ObjectNotFound)) throw error;
  }
  const from = { path: file.path, bytes: file.bytes, kind: 'data file', of: identifier.name } as const;
  return readTableFile(store, from, (parquet) => pool.readEventIds(parquet, signal), signal);
}
