/** Writes position deletes for the rows of a commit that the table already has. */
import { randomUUID } from 'node:crypto';
import type { TableRole } from '../cloudtrail/tables.js';
import type { Prepared } from '../iceberg/append.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { storeManifest } from '../iceberg/manifest-files.js';
import type { FileDeletes } from '../iceberg/position-deletes.js';
import type { DataFile } from '../iceberg/types.js';
import { storeFile } from '../ingest/store-files.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import type { RunContext } from '../run/context.js';
import { DUPLICATES } from '../run/summary-keys.js';
import { writeWork } from '../run/versioned.js';
import { DUPLICATE_COUNTS, type DuplicateCount, type GroupCommit, planPlaceOf } from '../run/work-area.js';
import { mapConcurrent, readAhead } from '../storage/concurrency.js';
import { findDuplicates } from './deduplicate.js';
import type { GroupFile, GroupParts } from './parts.js';

/**
 * Data files whose position-delete files are written by one task of a thread, and are in memory together with those of the next
 * task: a few kB each, or some 100 kB where all rows of a file are repeats.
 */
const FILES_PER_TASK = 64;
const TASKS_AT_ONCE = 2;
/** Position-delete files that are stored concurrently: they are small, and there may be thousands. */
const STORED_AT_ONCE = 32;

/** Returns the prefix of the names of the commit's own files. */
export const ownerOf = ({ id }: GroupCommit): string => id.replace('/', '-c');

/**
 * Finds the repeated rows of a commit in the current version of a table. Stores their position deletes and the counts by object,
 * and returns what to add to the snapshot: a manifest and the address of the counts; nothing if no row is repeated.
 */
export async function prepareDeletes(
  context: RunContext,
  pool: DecoderPool,
  group: GroupCommit,
  parts: GroupParts,
  role: TableRole,
  table: LoadedTable,
  signal?: AbortSignal,
): Promise<Prepared> {
  if (group.deduplicate === undefined) return {};
  const files = (await parts.files(role)).filter(hasEventIds);
  if (files.length === 0) return {};
  const search = {
    table,
    files: files.map(({ file }) => file),
    deliveryDay: group.day,
    windowDays: group.deduplicate.windowDays,
  };
  const deleted = await findDuplicates(context, pool, search, signal);
  if (deleted.length === 0) return {};
  const byPath = new Map(files.map((one) => [one.file.path, one]));
  const fileOf = ({ path }: FileDeletes): FileWithIds => byPath.get(path) as FileWithIds;
  const owner = ownerOf(group);
  const deletes: DataFile[] = [];
  const tasks = [...groupBy(deleted, (one) => fileOf(one).file.day)].flatMap(([day, ofDay]) =>
    inTasks(ofDay).map((some) => ({ day, deleted: some })),
  );
  for await (const written of readAhead(tasks, TASKS_AT_ONCE, (task) => pool.writeDeletes(task, signal))) {
    const stored = await mapConcurrent(written, STORED_AT_ONCE, async (one) => ({
      ...one.file,
      path: await storeFile(table, `${owner}-deletes`, one, signal),
    }));
    deletes.push(...stored);
  }
  const counts = deleted.flatMap((one) => countsOf(fileOf(one), one.positions));
  const plan = planPlaceOf(group.results[0]);
  if (plan === undefined) throw new Error(`not the result of a batch: ${group.results[0]}`);
  const address = `${plan.address}/duplicates/${role}-${randomUUID()}.json`;
  await writeWork(context.warehouse, address, DUPLICATE_COUNTS, { counts }, signal);
  const manifest = await storeManifest(table, owner, deletes, 'deletes', signal);
  return { manifests: [manifest], summary: { [DUPLICATES]: address } };
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

function inTasks(deleted: readonly FileDeletes[]): FileDeletes[][] {
  const tasks: FileDeletes[][] = [];
  for (let at = 0; at < deleted.length; at += FILES_PER_TASK) tasks.push(deleted.slice(at, at + FILES_PER_TASK));
  return tasks;
}
