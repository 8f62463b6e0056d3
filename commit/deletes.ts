/** Writes position deletes: for rows of a commit that the table already has, and for rows that a commit replaces. */
import { randomUUID } from 'node:crypto';
import type { TableRole } from '../cloudtrail/tables.js';
import type { Prepared } from '../iceberg/append.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { readTableFile } from '../iceberg/damage.js';
import { storeManifest } from '../iceberg/manifest-files.js';
import type { FileDeletes } from '../iceberg/position-deletes.js';
import type { DataFile } from '../iceberg/types.js';
import { storeFile } from '../ingest/store-files.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import { SINGLE_SLICE } from '../ledger/slices.js';
import type { RunContext } from '../run/context.js';
import { DUPLICATES } from '../run/summary-keys.js';
import { writeWork } from '../run/versioned.js';
import { DUPLICATE_COUNTS, type DuplicateCount, type GroupCommit, type TakenCount } from '../run/work-area.js';
import { planPlaceOf } from '../run/work-keys.js';
import { mapConcurrent, readAhead } from '../storage/concurrency.js';
import { type Duplicates, findDuplicates } from './deduplicate.js';
import type { GroupFile } from './parts.js';
import { findOldRows, type OldRows, pathColumnOf } from './replaced.js';

/**
 * Data files whose position-delete files are written by one task of a thread, and are in memory together with those of the
 * next task: a few kB each, or about 100 kB if all rows of a file are repeats.
 */
const FILES_PER_TASK = 64;
const TASKS_AT_ONCE = 2;
/** Position-delete files that are stored concurrently: they are small, and there may be thousands. */
const STORED_AT_ONCE = 32;
/** Data files that are read concurrently, each with one column in memory. */
const READ_AT_ONCE = 4;

/** Returns the prefix of the names of the commit's own files. */
export const ownerOf = ({ id }: GroupCommit): string => id.replace('/', '-c');

/** What a commit adds to a table, and replaces in it. */
export interface TableChange {
  role: TableRole;
  /** The new data files. */
  files: readonly GroupFile[];
  /** The rows of files that were read again; absent if they have none in the table. */
  old?: OldRows;
}

/**
 * Finds the rows that a commit deletes in the current version of a table: repeated events, and the old rows of files that were
 * read again. Stores their position deletes and the counts by object, and returns what to add to the snapshot: a manifest and the
 * address of the counts; nothing if no row is deleted.
 */
export async function prepareDeletes(
  context: RunContext,
  pool: DecoderPool,
  group: GroupCommit,
  { role, files: added, old }: TableChange,
  table: LoadedTable,
  signal?: AbortSignal,
): Promise<Prepared> {
  const oldRows = old === undefined ? [] : await findOldRows(pool, table, role, old, group.day, signal);
  const files = group.deduplicate === undefined ? [] : added.filter(hasEventIds);
  const byPath = new Map(files.map((one) => [one.file.path, one]));
  const replaced = new Map(oldRows.map(({ path, positions }) => [path, positions]));
  const { repeats, taken }: Duplicates =
    group.deduplicate === undefined || files.length === 0
      ? { repeats: [], taken: [] }
      : await findDuplicates(
          context,
          pool,
          {
            table,
            files: files.map(({ file }) => file),
            deliveryDay: group.day,
            windowDays: group.deduplicate.windowDays,
            ...(group.replaces ? { replaced } : {}),
          },
          signal,
        );
  const fileOf = ({ path }: FileDeletes): FileWithIds => byPath.get(path) as FileWithIds;
  const own = repeats.map((one) => ({ ...one, day: fileOf(one).file.day }));
  const deleted = [...own, ...merged([...oldRows, ...taken])];
  if (deleted.length === 0) return {};
  const deletes = await storeDeletes(pool, group, deleted, table, signal);
  const manifest = await storeManifest(table, ownerOf(group), deletes, 'deletes', signal);
  const counts = repeats.flatMap((one) => countsOf(fileOf(one), one.positions));
  const takenCounts = await countTaken(pool, table, role, taken, signal);
  if (counts.length === 0 && takenCounts.length === 0) return { manifests: [manifest] };
  const plan = planPlaceOf(group.results[0]);
  if (plan === undefined) throw new Error(`not the result of a batch: ${group.results[0]}`);
  const address = `${plan.address}/duplicates/${role}-${randomUUID()}.json`;
  const all = { counts, ...(takenCounts.length === 0 ? {} : { taken: takenCounts }) };
  await writeWork(context.warehouse, address, DUPLICATE_COUNTS, all, signal);
  return { manifests: [manifest], summary: { [DUPLICATES]: address } };
}

type DeletedInDay = FileDeletes & { day: number };

async function storeDeletes(
  pool: DecoderPool,
  group: GroupCommit,
  deleted: readonly DeletedInDay[],
  table: LoadedTable,
  signal?: AbortSignal,
): Promise<DataFile[]> {
  const deletes: DataFile[] = [];
  const tasks = [...groupBy(deleted, ({ day }) => day)].flatMap(([day, ofDay]) =>
    inTasks(ofDay).map((some) => ({ day, deleted: some.map(({ path, positions }) => ({ path, positions })) })),
  );
  for await (const written of readAhead(tasks, TASKS_AT_ONCE, (task) => pool.writeDeletes(task, signal))) {
    const stored = await mapConcurrent(written, STORED_AT_ONCE, async (one) => ({
      ...one.file,
      path: await storeFile(table, `${ownerOf(group)}-deletes`, one, signal),
    }));
    deletes.push(...stored);
  }
  return deletes;
}

/** The deleted rows of each file once. */
function merged(deleted: readonly DeletedInDay[]): DeletedInDay[] {
  const byPath = new Map<string, DeletedInDay>();
  for (const one of deleted) {
    const known = byPath.get(one.path);
    const positions = known === undefined ? one.positions : Uint32Array.of(...known.positions, ...one.positions).sort();
    byPath.set(one.path, { ...one, positions });
  }
  return [...byPath.values()];
}

/** Counts the rows of other files that newer ones replace, by file. Rows of other writers have no file. */
async function countTaken(
  pool: DecoderPool,
  { store, identifier }: LoadedTable,
  role: TableRole,
  taken: readonly FileDeletes[],
  signal?: AbortSignal,
): Promise<TakenCount[]> {
  const counts = new Map<string, number>();
  await mapConcurrent(taken, READ_AT_ONCE, async ({ path, positions }) => {
    const file = { path, kind: 'data file', of: identifier.name } as const;
    const task = { rows: 0, column: pathColumnOf(role), only: positions, slice: SINGLE_SLICE };
    const read = (parquet: Uint8Array) => pool.countRows({ ...task, parquet }, signal);
    for (const [of, count] of await readTableFile(store, file, read, signal))
      if (of !== '') counts.set(of, (counts.get(of) ?? 0) + count);
  });
  return Array.from(counts, ([path, count]) => ({ path, count }));
}

type FileWithIds = GroupFile & Required<Pick<GroupFile, 'fileRows'>>;

const hasEventIds = (file: GroupFile): file is FileWithIds => file.fileRows !== undefined;

/** Counts the deleted rows of a data file by the object that they came from. */
function countsOf({ result, fileRows }: FileWithIds, positions: Uint32Array): DuplicateCount[] {
  const counts: DuplicateCount[] = [];
  let next = 0;
  for (const { file, end } of fileRows) {
    const first = next;
    while (next < positions.length && positions[next] < end) next++;
    if (next > first) counts.push({ result, entry: file, count: next - first });
  }
  return counts;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

function inTasks<T>(deleted: readonly T[]): T[][] {
  const tasks: T[][] = [];
  for (let at = 0; at < deleted.length; at += FILES_PER_TASK) tasks.push(deleted.slice(at, at + FILES_PER_TASK));
  return tasks;
}
