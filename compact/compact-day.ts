/** Rewrites the chosen files of a day into few sorted ones. The table is not changed: the caller commits the result. */
import { readFile, rm } from 'node:fs/promises';
import { TableUnusable } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { toUnreadableFileError } from '../iceberg/damage.js';
import { dataFileOf, readFooter } from '../iceberg/metrics.js';
import { currentSchema } from '../iceberg/snapshot.js';
import { sortOrderIdOf } from '../iceberg/sort-order.js';
import { lookupColumns } from '../iceberg/table-settings.js';
import type { DataFile, Schema } from '../iceberg/types.js';
import { storeFile } from '../ingest/store-files.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import { eventListKey } from '../run/work-keys.js';
import { readAhead } from '../storage/concurrency.js';
import type { ObjectStore } from '../storage/object-store.js';
import { assertRows, assertSame, type Output } from './assert-same.js';
import { type DayChoice, TARGET_FILE_BYTES, TARGET_FILE_ROWS } from './choose.js';
import type { Compactor } from './compactor.js';
import { type LocalFile, localFiles, readDayDeletes } from './fetch-files.js';
import type { OutputLimits } from './output.js';
import { addSum, noRows, type RowSum } from './row-hash.js';
import { unsupportedColumn } from './rows.js';
import { type KeyPath, keyPathsOf } from './sort-keys.js';
import { blockBytesFor, type Run } from './spill.js';
import { withTempDirectory } from './temp-files.js';

/** Rows of a row group, and their bytes in memory: a search for one value reads few rows, and a column still compresses well. */
const GROUP = { rows: 32_768, bytes: 64 << 20 };
/** Days with fewer rows have smaller row groups, so that several threads read them. With more, footers would become large. */
const MANY_ROWS = 8 * GROUP.rows;
const FEW_GROUP_ROWS = 16_384;

/** Default memory for a compaction, in bytes. */
export const COMPACTION_BYTES = 384 << 20;

/** What a compaction needs. */
export interface CompactionContext {
  table: LoadedTable;
  /** Where event lists are. */
  warehouse: ObjectStore;
  pool: Pick<DecoderPool, 'readDeletes'>;
  compactor: Compactor;
}

/** How to compact. */
export interface CompactionOptions {
  /** Columns that rows are sorted by (dotted names), ascending with nulls first; those that the table does not have are left out. */
  sortBy: readonly string[];
  /** Default: `TARGET_FILE_BYTES`. */
  targetBytes?: number;
  /** Approximate memory to work in, in bytes, in addition to that of the process itself. Default: {@link COMPACTION_BYTES}. */
  memoryBytes?: number;
  /** A directory of this machine with room for about 5 times the bytes of the day. */
  tempDir: string;
  signal?: AbortSignal;
}

/** What to commit: all of it in one snapshot. */
export interface CompactedDay {
  day: number;
  /** Stored data files, with their event lists. None if all rows were deleted. */
  add: DataFile[];
  /** Addresses of data files. */
  removeData: string[];
  /** Addresses of position-delete files. */
  removeDeletes: string[];
  /** Live rows, before and after. */
  rows: number;
}

/** The compaction of this process that was started last: the next one waits for it, so that only one uses memory at a time. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Rewrites the files of a choice: their live rows in order, with the columns of the current schema. One compaction runs at a time
 * in a process. The rows of the new files are read again and compared with the old ones before it returns; if a single value
 * differs, it throws `TableUnusable`, as it does for a table with columns of types that only other writers use. `Damaged`: a file
 * is missing or cannot be read. Files that were stored before an error are in no snapshot.
 */
export function compactDay(
  context: CompactionContext,
  choice: DayChoice,
  options: CompactionOptions,
): Promise<CompactedDay> {
  const turn = last.then(async () => {
    options.signal?.throwIfAborted();
    if (choice.files.length === 0) return compacted(choice, [], 0);
    return withTempDirectory(options.tempDir, (directory) => rewrite(context, choice, options, directory));
  });
  last = turn.catch(() => {});
  return turn;
}

function compacted({ day, files, removeDeletes }: DayChoice, add: DataFile[], rows: number): CompactedDay {
  return { day, add, removeData: files.map(({ data }) => data.file.path), removeDeletes, rows };
}

async function rewrite(
  context: CompactionContext,
  choice: DayChoice,
  options: CompactionOptions,
  directory: string,
): Promise<CompactedDay> {
  const { table } = context;
  const schema = currentSchema(table.metadata);
  assertSupported(table, schema);
  const keys = keyPathsOf(schema, options.sortBy);
  const { sum, outputs } = await sortedFiles(context, choice, options, { directory, schema, keys });
  await assertSame(context.compactor, { table, day: choice.day, schema, keys, sum, outputs }, options.signal);
  // A file is in memory as a whole while it is stored: the memory that was needed to write it must be free by then.
  await context.compactor.rest();
  const sortOrderId = sortOrderIdOf(table.metadata, options.sortBy);
  const add: DataFile[] = [];
  for (const output of outputs) add.push(await store(context, choice.day, schema, output, sortOrderId, options.signal));
  return compacted(choice, add, sum.rows);
}

function assertSupported({ identifier }: LoadedTable, schema: Schema): void {
  const found = unsupportedColumn(schema);
  if (found === undefined) return;
  throw new TableUnusable(
    `${identifier.name} has the column ${found.column} of type ${found.type}, which Trailmill cannot write.`,
    "Compact the table with the engine that added the column, such as Spark's rewrite_data_files, or drop the column.",
  );
}

/** Where and how rows are sorted. */
interface Work {
  directory: string;
  schema: Schema;
  keys: readonly KeyPath[];
}

async function sortedFiles(
  { table, pool, compactor }: CompactionContext,
  choice: DayChoice,
  { targetBytes = TARGET_FILE_BYTES, memoryBytes = COMPACTION_BYTES, signal }: CompactionOptions,
  { directory, schema, keys }: Work,
): Promise<{ sum: RowSum; outputs: Output[] }> {
  const deleted = await readDayDeletes(table, pool, choice, signal);
  const rows = choice.files.reduce((total, { data }) => total + data.file.rows, 0);
  const output: OutputLimits = {
    fileBytes: targetBytes,
    fileRows: TARGET_FILE_ROWS,
    groupRows: rows < MANY_ROWS ? FEW_GROUP_ROWS : GROUP.rows,
    groupBytes: Math.min(GROUP.bytes, memoryBytes / 8),
    lookups: lookupColumns(table.metadata),
  };
  const common = { schema, day: choice.day, keys, directory };
  const sum = noRows();
  const mergeBytes = memoryBytes / 2;
  const runs: Run[] = [];
  const outputs: Output[] = [];
  const groups = localFiles(table, choice, directory);
  // The next files are fetched while these are sorted.
  for await (const files of readAhead(groups, groups.length > 1 ? 2 : 1, (fetch) => fetch(signal))) {
    // All runs can be merged at once, unless there are more than a quarter more than expected.
    const expectedRuns = sum.rows === 0 ? 0 : Math.ceil((1.25 * runs.length * rows) / sum.rows);
    const task = {
      ...{ ...common, bytes: memoryBytes / 5, firstRun: runs.length },
      blockBytes: blockBytesFor(expectedRuns, mergeBytes),
      files: files.map(({ path, file }) => ({ path, deleted: deleted.get(file.path) })),
      ...(groups.length === 1 ? { output } : {}),
    };
    const sorted = await compactor.sort(task, signal).catch(async (error: unknown) => {
      throw await damageOf(
        error,
        (file) => compactor.sort({ ...task, files: [task.files[file]] }, signal),
        table,
        files,
      );
    });
    if (sorted.failed !== undefined) throw damaged(table, files[sorted.failed.file], sorted.failed.why);
    assertRows(table, files, deleted, sorted);
    addSum(sum, sorted.sum);
    runs.push(...sorted.runs);
    outputs.push(...sorted.outputs);
    for (const { path } of files) await rm(path);
  }
  if (runs.length > 0) outputs.push(...(await compactor.merge({ ...common, runs, bytes: mergeBytes, output }, signal)));
  return { sum, outputs };
}

/**
 * The error for a task that has ended its thread: parquet-wasm panics on some damaged files, and does not name the file. So
 * each file is read alone. Other errors are returned as they are.
 */
async function damageOf(
  error: unknown,
  sortOne: (file: number) => Promise<unknown>,
  table: LoadedTable,
  files: readonly LocalFile[],
): Promise<unknown> {
  if (!isPanic(error)) return error;
  for (const [index, file] of files.entries()) {
    const alone = await sortOne(index).catch((thrown: unknown) => thrown);
    if (isPanic(alone)) return damaged(table, file, 'its content is damaged');
  }
  return error;
}

const isPanic = (error: unknown): boolean => error instanceof Error && error.message === 'unreachable';

function damaged({ identifier }: LoadedTable, { file }: LocalFile, why: string): Error {
  return toUnreadableFileError({ path: file.path, kind: 'data file', of: identifier.name }, new Error(why));
}

async function store(
  { table, warehouse }: CompactionContext,
  day: number,
  schema: Schema,
  { path, eventList }: Output,
  sortOrderId: number | undefined,
  signal?: AbortSignal,
): Promise<DataFile> {
  signal?.throwIfAborted();
  const bytes = await readFile(path);
  const footer = await readFooter(bytes);
  const columns = lookupColumns(table.metadata).map((name) => ({ name, lookup: true as const }));
  const file = dataFileOf({ path: '', bytes: bytes.length, day, schema, columns, footer });
  const address = await storeFile(table, 'compact', { bytes, file }, signal);
  if (eventList !== undefined) await warehouse.put(eventListKey(address), await readFile(eventList), { signal });
  await rm(path);
  return { ...file, path: address, ...(sortOrderId === undefined ? {} : { sortOrderId }) };
}
