/** Compacts some days of a table, and commits them together. */
import { randomUUID } from 'node:crypto';
import type { DayChoice } from '../compact/choose.js';
import { type CompactedDay, compactDay } from '../compact/compact-day.js';
import { ReplaceOutdated } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { replaceFiles } from '../iceberg/maintenance/replace-files.js';
import { currentSchema, snapshotById } from '../iceberg/snapshot.js';
import type { DataFile } from '../iceberg/types.js';
import type { CompactDaysInput } from '../protocol/activities.js';
import { toDayNumber } from '../protocol/days.js';
import type { CompactedDays, FileSum } from '../protocol/upkeep-messages.js';
import { upkeepConfigOf } from '../run/config.js';
import { RUN } from '../run/summary-keys.js';
import { eventListKey } from '../run/work-keys.js';
import { choicesOf } from './choose-days.js';
import { tableOf, type UpkeepContext } from './context.js';
import { loadWithOrder, sortedBy } from './order.js';

const NOTHING: FileSum = { files: 0, bytes: 0 };

/**
 * Rewrites the files of the days that still need it, and replaces them in one snapshot. If another writer has changed these
 * files in the meantime, nothing is replaced, and the days count as postponed. With `dryRun`, nothing is written, and the
 * number of files afterwards is an estimate.
 */
export async function compactDays(
  context: UpkeepContext,
  input: Omit<CompactDaysInput, 'config'>,
  run: string,
): Promise<CompactedDays> {
  const { days, dryRun = false } = input;
  const table = tableOf(context, input.table);
  const loaded = await loadWithOrder(context, table, dryRun);
  const wanted = new Set(days.map(toDayNumber));
  const dayRange = { from: Math.min(...wanted), to: Math.max(...wanted) };
  const choices = (await choicesOf(context, loaded, dayRange)).filter(({ day }) => wanted.has(day));
  const nothing = { days: 0, before: NOTHING, after: NOTHING };
  if (choices.length === 0) return { compacted: nothing, postponed: 0 };
  const before = sumOf(choices.flatMap(({ files }) => files.map(({ data }) => data.file)));
  const deletes = choices.reduce((sum, one) => sum + one.removeDeletes.length, 0);
  const of = { days: choices.length, before: { ...before, files: before.files + deletes } };
  if (dryRun) return { compacted: { ...of, after: estimateOf(context, choices) }, postponed: 0 };
  const done: CompactedDay[] = [];
  try {
    for (const choice of choices) done.push(await rewrite(context, loaded.table, choice, sortedBy(context, table)));
    await replace(context, loaded.table, choices, done, run);
  } catch (error) {
    await deleteEventLists(context, done);
    if (!(error instanceof ReplaceOutdated)) throw error;
    return { compacted: nothing, postponed: choices.length };
  }
  return { compacted: { ...of, after: sumOf(done.flatMap(({ add }) => add)) }, postponed: 0 };
}

function rewrite(
  { warehouse, pool, compactor, tempDir, config, signal }: UpkeepContext,
  table: LoadedTable,
  choice: DayChoice,
  sortBy: readonly string[],
): Promise<CompactedDay> {
  const { targetFileBytes: targetBytes } = upkeepConfigOf(config);
  return compactDay({ table, warehouse, pool, compactor }, choice, { sortBy, targetBytes, tempDir, signal });
}

async function replace(
  { catalog, signal }: UpkeepContext,
  { metadata, identifier }: LoadedTable,
  choices: readonly DayChoice[],
  done: readonly CompactedDay[],
  run: string,
): Promise<void> {
  const base = snapshotById(metadata, metadata['current-snapshot-id']);
  if (base === undefined) throw new Error(`${identifier.name} has files, but no snapshot`);
  await replaceFiles({
    ...{ catalog, identifier, signal, base, schema: currentSchema(metadata) },
    // A retried activity chooses again, and finds nothing if this has succeeded.
    commitId: `compact/${randomUUID()}`,
    summary: { [RUN]: run },
    days: choices.map(({ day }) => day),
    remove: {
      data: done.flatMap(({ removeData }) => removeData),
      deletes: choices.flatMap(({ removeDeletes, files }) =>
        removeDeletes.map((path) => ({ path, dataFiles: files.map(({ data }) => data.file.path) })),
      ),
    },
    add: done.flatMap(({ add }) => add),
  });
}

/** The lists of files that are not part of the table. `replaceFiles` deletes the files themselves, or upkeep does later. */
async function deleteEventLists({ warehouse, signal }: UpkeepContext, done: readonly CompactedDay[]): Promise<void> {
  const lists = done.flatMap(({ add }) => add.map(({ path }) => eventListKey(path)));
  if (lists.length > 0 && !signal.aborted) await warehouse.deleteAll(lists, { signal });
}

function sumOf(files: readonly Pick<DataFile, 'bytes'>[]): FileSum {
  return { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** One file for each day, or as many as its bytes need. */
function estimateOf({ config }: UpkeepContext, choices: readonly DayChoice[]): FileSum {
  const { targetFileBytes } = upkeepConfigOf(config);
  return {
    files: choices.reduce((sum, { bytes }) => sum + Math.max(1, Math.ceil(bytes / targetFileBytes)), 0),
    bytes: choices.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
