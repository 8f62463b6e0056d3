/**
 * Finds repeated events: rows of a commit that the table already has, with the same account, event id and second of their time
 * (see cloudtrail/event-ids.ts). Only data files of the event day with accounts and times that overlap those of the commit are
 * compared, and only the seconds of their event lists in which the commit has events: the cost depends on the commit and on
 * what overlaps it, not on the size of the day. The row that was committed first is kept. The others become position deletes
 * in the same snapshot, so no file is rewritten.
 */
import type { LoadedTable } from '../iceberg/catalog.js';
import { ManifestCache } from '../iceberg/manifest-cache.js';
import type { Snapshot } from '../iceberg/metadata.js';
import type { FileDeletes } from '../iceberg/position-deletes.js';
import { type ScannedFile, scanDataFiles } from '../iceberg/scan.js';
import type { DataFile } from '../iceberg/types.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import { toDayNumber } from '../protocol/days.js';
import type { RunContext } from '../run/context.js';
import { DELIVERY_DAY } from '../run/summary-keys.js';
import { mapConcurrent, readAhead } from '../storage/concurrency.js';
import { CommitEvents, type EventMatch } from './commit-events.js';
import { EventLists } from './event-lists.js';
import { type FileScope, mayShareEvents, type ScopeFields, scopeFieldsOf, scopeOf } from './file-scope.js';
import { entriesOf, passesOf, SecondSet, type Seconds } from './seconds.js';
import { Deletes } from './table-deletes.js';

/** Events of a commit that are compared in one pass, about 60 bytes each. If there are more, they are taken in passes by time. */
const EVENTS_PER_PASS = 1_000_000;

/** Number of event lists that are read ahead: at most 20 bytes per event. */
const FILES_AHEAD = 8;

/** Entries of manifests that are kept in memory: the data files of a few large days. */
const MANIFESTS = new ManifestCache(16_384);

/** The files to check for repeated events, and the table to search. */
export interface DuplicateSearch {
  table: LoadedTable;
  /** The commit's files with event ids. Of equal events in them, the first is kept. */
  files: readonly DataFile[];
  /** Delivery day of the commit. */
  deliveryDay: string;
  windowDays: number;
  /** The rows that this commit deletes in files of the table, by the file's address. Present if the commit's rows are kept. */
  replaced?: ReadonlyMap<string, Uint32Array>;
  /** {@link EVENTS_PER_PASS} by default. For tests. */
  eventsPerPass?: number;
}

/** A file of the commit. */
interface OwnFile {
  file: DataFile;
  scope: FileScope;
  /** Its index in the search. */
  number: number;
}

/** A committed file that may have events of the commit. */
interface CommittedFile {
  scanned: ScannedFile;
  /** The files of the commit with which it may share events. */
  like: OwnFile[];
}

/** Rows to delete. Files without such rows are left out. */
export interface Duplicates {
  /** In files of the commit, in their order. */
  repeats: FileDeletes[];
  /** In files of the table, with their partition days: only if the commit's rows are kept. */
  taken: (FileDeletes & Pick<DataFile, 'day'>)[];
}

/** Returns the rows of repeated events. */
export async function findDuplicates(
  { warehouse }: Pick<RunContext, 'warehouse'>,
  pool: DecoderPool,
  search: DuplicateSearch,
  signal?: AbortSignal,
): Promise<Duplicates> {
  const lists = new EventLists(warehouse, search.table, pool, signal);
  const fields = scopeFieldsOf(search.table);
  const found = search.files.map((): number[] => []);
  const taken = new Map<DataFile, number[]>();
  for (const day of new Set(search.files.map((file) => file.day))) {
    const own = search.files.flatMap((file, number): OwnFile[] =>
      file.day === day && file.rows > 0 ? [{ file, scope: scopeOf(file, fields), number }] : [],
    );
    const committed = await overlappingFiles(search, own, fields, signal);
    const live = liveRows(search, pool, day, signal);
    for (const pass of await passes(lists, own, search.eventsPerPass ?? EVENTS_PER_PASS)) {
      const events = new CommitEvents(pass);
      const seconds = new Map<OwnFile, SecondSet>();
      const mine = readAhead(own, FILES_AHEAD, async (one) => ({ one, part: await ownEvents(lists, one, pass) }));
      for await (const { one, part } of mine) {
        seconds.set(one, new SecondSet(part.index.seconds));
        for (const some of part.events) events.addAll(some, one.number, found[one.number]);
      }
      const theirs = readAhead(committed, FILES_AHEAD, async ({ scanned, like }) => {
        const wanted = SecondSet.union(like.map((one) => seconds.get(one) as SecondSet));
        const part = await lists.read(scanned.file, (index) => entriesOf(index, pass, wanted));
        return { file: scanned.file, matches: await live(scanned, events.matches(part.events)) };
      });
      for await (const { file, matches } of theirs) {
        if (search.replaced === undefined) for (const { event } of matches) events.markRepeat(event, found);
        else if (matches.length > 0) {
          const rows = taken.get(file) ?? [];
          taken.set(file, rows);
          for (const { row } of matches) rows.push(row);
        }
      }
    }
  }
  const repeats = search.files.flatMap(({ path }, number) =>
    found[number].length === 0 ? [] : [{ path, positions: Uint32Array.from(found[number]).sort() }],
  );
  return {
    repeats,
    taken: [...taken].map(([{ path, day }, rows]) => ({ path, day, positions: Uint32Array.from(rows).sort() })),
  };
}

/** Returns a function that leaves out rows that are deleted, or that the commit deletes. It reads deletes only for matches. */
function liveRows(
  { table, replaced }: DuplicateSearch,
  pool: DecoderPool,
  day: number,
  signal?: AbortSignal,
): (scanned: ScannedFile, matches: EventMatch[]) => Promise<EventMatch[]> {
  const deletes = new Deletes({ pool, signal }, table);
  let entered: Promise<void> | undefined;
  return async (scanned, matches) => {
    if (matches.length === 0) return matches;
    entered ??= deletes.enter(day);
    await entered;
    const deleted = new Set<number>(await deletes.of(scanned));
    for (const position of replaced?.get(scanned.file.path) ?? []) deleted.add(position);
    return deleted.size === 0 ? matches : matches.filter(({ row }) => !deleted.has(row));
  };
}

/** The data files of the day that may have events of the commit. */
async function overlappingFiles(
  search: DuplicateSearch,
  own: readonly OwnFile[],
  fields: ScopeFields,
  signal?: AbortSignal,
): Promise<CommittedFile[]> {
  if (own.length === 0) return [];
  const { day } = own[0].file;
  const columns = [fields.time, fields.account].flatMap((id) => (id === undefined ? [] : [Number(id)]));
  const committed: CommittedFile[] = [];
  const files = scanDataFiles(search.table, {
    dayRange: { from: day, to: day },
    addedBy: (snapshot) => isInWindow(search, snapshot),
    cache: { manifests: MANIFESTS, columns },
    signal,
  });
  for await (const scanned of files) {
    const scope = scopeOf(scanned.file, fields);
    const like = own.filter((one) => mayShareEvents(one.scope, scope));
    if (like.length > 0) committed.push({ scanned, like });
  }
  return committed;
}

/** Divides the commit's events of a day into passes. */
async function passes(lists: EventLists, own: readonly OwnFile[], eventsPerPass: number): Promise<Seconds[]> {
  const rows = own.reduce((sum, { file }) => sum + file.rows, 0);
  if (rows <= eventsPerPass) return passesOf([], eventsPerPass);
  return passesOf(await mapConcurrent(own, FILES_AHEAD, ({ file }) => lists.index(file)), eventsPerPass);
}

function ownEvents(lists: EventLists, { file }: OwnFile, pass: Seconds): ReturnType<EventLists['read']> {
  return pass.isWholeDay ? lists.readAll(file) : lists.read(file, (index) => entriesOf(index, pass));
}

/** Tests whether a snapshot's delivery day is within the window. Unknown and expired snapshots count as within. */
function isInWindow({ deliveryDay, windowDays }: DuplicateSearch, snapshot: Snapshot | undefined): boolean {
  const day = snapshot?.summary[DELIVERY_DAY];
  return day === undefined || Math.abs(toDayNumber(day) - toDayNumber(deliveryDay)) <= windowDays;
}
