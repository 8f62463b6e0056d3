/** Applies an announced commit, first to the data tables, then to the ledger. Every snapshot is created once. */
import { CONTENT_ROLES, type TableRole } from '../cloudtrail/tables.js';
import { appendManifests, findCommit } from '../iceberg/append.js';
import { storeManifest } from '../iceberg/manifest-files.js';
import { loadExistingTable } from '../iceberg/retry.js';
import { currentSchema } from '../iceberg/snapshot.js';
import type { DataFile, ManifestFile } from '../iceberg/types.js';
import { storeFile } from '../ingest/store-files.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import { addTotals, NO_TOTALS, type Totals } from '../protocol/totals.js';
import { identifierOf } from '../run/config.js';
import type { RunContext } from '../run/context.js';
import type { CommitEvent } from '../run/events.js';
import { marksOf, marksText } from '../run/lost-versions.js';
import { DUPLICATES, LEDGER_AT, TABLES_AT, TOTALS } from '../run/summary-keys.js';
import { readWork } from '../run/versioned.js';
import {
  BATCH_RESULT,
  type BatchResult,
  DUPLICATE_COUNTS,
  type DuplicateCount,
  type GroupCommit,
} from '../run/work-area.js';
import { allSettledOrThrow, mapConcurrent } from '../storage/concurrency.js';
import { ownerOf, prepareDeletes } from './deletes.js';
import { GroupParts } from './parts.js';

/** Number of batch results that are read concurrently. */
const RESULTS_AT_ONCE = 8;

/** Number of ledger files that are written concurrently, each with the entries of a batch in memory. */
const WRITTEN_AT_ONCE = 4;

interface Work {
  context: RunContext;
  pool: DecoderPool;
  group: GroupCommit;
  results: BatchResult[];
  parts: GroupParts;
  /** For all snapshots of the commit. */
  summary: Record<string, string>;
  signal?: AbortSignal;
}

/** Reads the results of the batches of a commit. */
export function readResults(
  { warehouse }: Pick<RunContext, 'warehouse'>,
  keys: readonly string[],
  signal?: AbortSignal,
): Promise<BatchResult[]> {
  return mapConcurrent(keys, RESULTS_AT_ONCE, (key) => readWork(warehouse, key, BATCH_RESULT, signal));
}

/**
 * Does the remaining work of the commit, and returns the counts of the whole commit.
 * @param summary for all snapshots of the commit
 */
export async function applyCommit(
  context: RunContext,
  pool: DecoderPool,
  { group, results }: Pick<Work, 'group' | 'results'>,
  summary: Record<string, string>,
  signal?: AbortSignal,
): Promise<Totals> {
  const parts = new GroupParts(context.warehouse, results, signal);
  const work: Work = { context, pool, group, results, parts, summary, signal };
  const appended = await allSettledOrThrow(CONTENT_ROLES.map((role) => appendData(work, role)));
  const duplicates = appended.flatMap((one) => one.duplicates);
  const marks = appended.flatMap(({ role, at }) => (at === null ? [] : [[role, at] as const]));
  const repeats = duplicates.reduce((sum, { count }) => sum + count, 0);
  const totals = results.reduce((sum, result) => addTotals(sum, result.totals), {
    ...NO_TOTALS,
    events: -repeats,
    duplicates: repeats,
  });
  const entered = await appendLedger(work, duplicates, marks, totals);
  if (entered !== undefined) context.report?.({ what: 'commit', source: context.config.source, totals, ...entered });
  return totals;
}

interface Appended {
  role: TableRole;
  /** Counts of repeated records by object, as recorded by the snapshot. */
  duplicates: DuplicateCount[];
  /** The snapshot's sequence number; null if the commit has no rows for the table. */
  at: bigint | null;
}

/** Creates the snapshot of a data table, if it does not exist yet: one manifest of all new data files, and one of position deletes if there are duplicates. */
async function appendData(work: Work, role: TableRole): Promise<Appended> {
  const { context, pool, group, parts, signal } = work;
  const { catalog, warehouse, config } = context;
  const files = (await parts.files(role)).map(({ file }) => file);
  if (files.length === 0) return { role, duplicates: [], at: null };
  let added: ManifestFile | undefined;
  const { summary, sequenceNumber: at } = await appendManifests({
    catalog,
    identifier: identifierOf(config, role),
    commitId: group.id,
    manifests: [],
    allowEmpty: true,
    summary: work.summary,
    // Only where the commit is not in the table yet; a conflict does not change the new files.
    prepare: async (table) => {
      added ??= await storeManifest(table, ownerOf(group), files, 'data', signal);
      const { manifests = [], ...deletes } = await prepareDeletes(context, pool, group, parts, role, table, signal);
      return { manifests: [added, ...manifests], ...deletes };
    },
    signal,
  });
  const address = summary[DUPLICATES];
  if (address === undefined) return { role, duplicates: [], at };
  const { counts } = await readWork(warehouse, address, DUPLICATE_COUNTS, signal);
  return { role, duplicates: counts, at };
}

/**
 * Appends the ledger's rows, with repeated records counted as duplicates. This comes last, so that objects in the ledger are in
 * the tables. Returns `undefined` if another worker has done it.
 */
async function appendLedger(
  work: Work,
  duplicates: readonly DuplicateCount[],
  marks: readonly (readonly [TableRole, bigint])[],
  totals: Totals,
): Promise<Pick<CommitEvent, 'newestEvent'> | undefined> {
  const { context, pool, group, results, parts, signal } = work;
  const { catalog, config } = context;
  const identifier = identifierOf(config, 'ledger');
  const table = await loadExistingTable(catalog, identifier, { signal });
  if (findCommit(table.metadata, group.id)) return undefined;
  const owner = ownerOf(group);
  const schema = currentSchema(table.metadata);
  let newestEvent: number | undefined;
  const write = async ({ batch }: BatchResult, number: number): Promise<DataFile[]> => {
    const entries = await parts.entries(number);
    for (const { result, entry, count } of duplicates) {
      if (result !== number) continue;
      entries[entry].records -= count;
      entries[entry].duplicates += count;
    }
    for (const { lastEventTime = 0 } of entries) if (lastEventTime > (newestEvent ?? 0)) newestEvent = lastEventTime;
    const written = await pool.writeLedger({ entries, schema, batch, run: group.run }, signal);
    return mapConcurrent(written, WRITTEN_AT_ONCE, async (one) => ({
      ...one.file,
      path: await storeFile(table, owner, one, signal),
    }));
  };
  const files = (await mapConcurrent(results, WRITTEN_AT_ONCE, write)).flat();
  const manifests = [await storeManifest(table, owner, files, 'data', signal)];
  const { [LEDGER_AT]: _, ...announced } = work.summary;
  const ofCommit = { ...announced, [TOTALS]: JSON.stringify(totals) };
  const at = marksText(new Map([...marks, ...marksOf(table)].sort(([, one], [, two]) => Number(one - two))));
  const summary = at === '' ? ofCommit : { ...ofCommit, [TABLES_AT]: at };
  const { alreadyCommitted } = await appendManifests({
    catalog,
    identifier,
    commitId: group.id,
    manifests,
    summary,
    signal,
  });
  return alreadyCommitted ? undefined : { newestEvent };
}
