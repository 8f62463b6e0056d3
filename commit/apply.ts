/** Applies an announced commit, first to the data tables, then to the ledger. Every snapshot is created once. */
import { CONTENT_ROLES, type TableRole } from '../cloudtrail/tables.js';
import { appendManifests } from '../iceberg/append.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { findInHistory } from '../iceberg/commit-snapshot.js';
import { storeManifest } from '../iceberg/manifest-files.js';
import { loadExistingTable } from '../iceberg/retry.js';
import { currentSchema } from '../iceberg/snapshot.js';
import type { DataFile, ManifestFile } from '../iceberg/types.js';
import { storeFile } from '../ingest/store-files.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import type { LedgerEntry } from '../ledger/entry.js';
import { toDayNumber } from '../protocol/days.js';
import { addTotals, NO_TOTALS, type QuarantineReason, type Totals } from '../protocol/totals.js';
import { identifierOf } from '../run/config.js';
import type { RunContext } from '../run/context.js';
import type { CommitEvent } from '../run/events.js';
import { type Ledger, LedgerCommits } from '../run/ledger-commits.js';
import { ledgerAt, marksOf, marksText, raise } from '../run/lost-versions.js';
import { findRecent, mayBeForgotten, withCommit } from '../run/recent-commits.js';
import { type KeptSince, keptSinceOf } from '../run/retention.js';
import { DUPLICATES, LEDGER_AT, TABLES_AT, TOTALS } from '../run/summary-keys.js';
import { readWork } from '../run/versioned.js';
import {
  BATCH_RESULT,
  type BatchResult,
  DUPLICATE_COUNTS,
  type DuplicateCount,
  type TakenCount,
} from '../run/work-area.js';
import { allSettledOrThrow, mapConcurrent } from '../storage/concurrency.js';
import type { Announced } from './announce.js';
import { ownerOf, prepareDeletes } from './deletes.js';
import { GroupParts } from './parts.js';
import { findReplaced, isKept, type Replaced } from './replaced.js';
import { reviseLedger } from './revise-ledger.js';

/** Number of batch results that are read concurrently. */
const RESULTS_AT_ONCE = 8;

/** Number of ledger files that are written concurrently, each with the entries of a batch in memory. */
const WRITTEN_AT_ONCE = 4;

/** What applying a commit needs. */
interface Work extends Announced {
  context: RunContext;
  pool: DecoderPool;
  results: BatchResult[];
  parts: GroupParts;
  /** Only of a commit that replaces rows. */
  replaced?: Replaced;
  /** What retention has removed is not added again. */
  keptSince?: KeptSince;
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
 * Does the remaining work of an announced commit, and returns the counts of the whole commit; `undefined` if another worker
 * has completed it, and this one does not know the counts.
 */
export async function applyCommit(
  context: RunContext,
  pool: DecoderPool,
  announced: Announced,
  results: BatchResult[],
  signal?: AbortSignal,
): Promise<Totals | undefined> {
  const parts = new GroupParts(context.warehouse, results, signal);
  const work: Work = { ...announced, context, pool, results, parts, signal };
  if (announced.group.replaces) {
    const ledger = await loadLedger(context, signal);
    if (!isOpen(ledger, announced.group.id)) return undefined;
    work.replaced = await findReplaced(pool, parts, results.length, ledger, announced.group.day, signal);
    work.keptSince = keptSinceOf(ledger);
  }
  const appended = await allSettledOrThrow(CONTENT_ROLES.map((role) => appendData(work, role)));
  if (appended.some((one) => one === 'finished')) return undefined;
  const known = appended.filter((one) => one !== 'finished');
  const duplicates = known.flatMap((one) => one.duplicates);
  const taken = known.flatMap((one) => one.taken);
  const marks = known.flatMap(({ role, at }) => (at === null ? [] : [[role, at] as const]));
  const repeats = duplicates.reduce((sum, { count }) => sum + count, 0);
  const all = results.reduce((sum, result) => addTotals(sum, result.totals), {
    ...NO_TOTALS,
    events: -repeats,
    duplicates: repeats,
  });
  const totals = withoutKept(all, work.replaced?.kept ?? []);
  const entered = await appendLedger(work, { duplicates, taken }, marks, totals);
  if (entered !== undefined) context.report?.({ what: 'commit', source: context.config.source, totals, ...entered });
  return totals;
}

/** The batches have counted files that could not be read again as quarantined. */
function withoutKept(totals: Totals, kept: readonly LedgerEntry[]): Totals {
  if (kept.length === 0) return totals;
  const reasons = kept.map(
    ({ key, problem }): QuarantineReason => ({ code: problem?.code ?? '', files: 1, example: key }),
  );
  const minus = kept.reduce((sum, entry) => addTotals(sum, minusOf(entry)), totals);
  const keptBytes = kept.reduce((sum, { size }) => sum + size, 0);
  const quarantinedFor = minus.quarantinedFor.filter(({ files }) => files > 0);
  return addTotals({ ...minus, quarantinedFor }, { ...NO_TOTALS, kept: reasons, keptBytes });
}

function minusOf({ key, size, problem }: LedgerEntry): Totals {
  const isQuarantined = problem?.state === 'quarantined';
  return {
    ...NO_TOTALS,
    files: -1,
    bytes: -size,
    quarantined: isQuarantined ? -1 : 0,
    quarantinedFor: isQuarantined ? [{ code: problem.code, files: -1, example: key }] : [],
    skipped: isQuarantined ? 0 : -1,
  };
}

interface Appended {
  role: TableRole;
  /** Counts of repeated records by object, as recorded by the snapshot. */
  duplicates: DuplicateCount[];
  /** Rows of files of other commits that this one has replaced, as recorded by the snapshot. */
  taken: TakenCount[];
  /** The snapshot's sequence number; null if the commit has no rows for the table. */
  at: bigint | null;
}

/**
 * Creates the snapshot of a data table, if it does not exist yet: one manifest of all new data files, and one of position
 * deletes if there are duplicates, or rows to replace. Returns `finished` if it no longer exists: then the whole commit is in
 * the ledger.
 */
async function appendData(work: Work, role: TableRole): Promise<Appended | 'finished'> {
  const { context, pool, group, announced, commits, parts, signal } = work;
  const { catalog, warehouse, config } = context;
  const { id, day } = group;
  const keptSince = work.keptSince?.get(role);
  const gone = keptSince === undefined ? Number.NEGATIVE_INFINITY : toDayNumber(keptSince);
  const files = (await parts.files(role)).filter(({ file }) => file.day >= gone);
  const old = work.replaced?.rows.get(role);
  if (files.length === 0 && old === undefined) return { role, duplicates: [], taken: [], at: null };
  let added: ManifestFile | undefined;
  const { summary, sequenceNumber: at } = await appendManifests({
    catalog,
    identifier: identifierOf(config, role),
    commitId: id,
    manifests: [],
    allowEmpty: true,
    summary: { ...work.summary, [LEDGER_AT]: String(announced) },
    find: async (table) => {
      const found = findRecent(table.metadata, id);
      if (found !== undefined || !mayBeForgotten(table.metadata, announced)) return found;
      // Loaded after the table: if the commit is still open there, no worker can have removed it from the table's property.
      const ledger = await loadLedger(context, signal);
      return isOpen(ledger, id) ? undefined : FINISHED;
    },
    // Only where the commit is not in the table yet; a conflict does not change the new files.
    prepare: async (table) => {
      const data = files.map(({ file }) => file);
      if (data.length > 0) added ??= await storeManifest(table, ownerOf(group), data, 'data', signal);
      const change = { role, files, old };
      const { manifests = [], ...deletes } = await prepareDeletes(context, pool, group, change, table, signal);
      const entry = { id, day, announced: Number(announced), duplicates: deletes.summary?.[DUPLICATES] };
      let highest = ledgerAt(table);
      if (announced > highest) highest = announced;
      const properties = {
        ...withCommit(table.metadata, entry, (one) => commits.isFinished(one.id, BigInt(one.announced))),
        [LEDGER_AT]: String(highest),
      };
      return { manifests: added === undefined ? manifests : [added, ...manifests], ...deletes, properties };
    },
    signal,
  });
  if (at === null) return 'finished';
  const address = summary[DUPLICATES];
  if (address === undefined) return { role, duplicates: [], taken: [], at };
  const { counts, taken = [] } = await readWork(warehouse, address, DUPLICATE_COUNTS, signal);
  return { role, duplicates: counts, taken, at };
}

/** Represents a snapshot that is no longer known, of a commit that is in the ledger. */
const FINISHED = { snapshotId: null, sequenceNumber: null, summary: {} } as const;

const isOpen = (ledger: Ledger, id: string): boolean => LedgerCommits.of(ledger).stateOf(id).is === 'open';

function loadLedger({ catalog, config }: RunContext, signal?: AbortSignal): Promise<LoadedTable> {
  return loadExistingTable(catalog, identifierOf(config, 'ledger'), { signal });
}

/**
 * Appends the ledger's rows, with repeated records counted as duplicates. This comes last, so that objects in the ledger are in
 * the tables. Returns `undefined` if another worker has done it.
 */
async function appendLedger(
  work: Work,
  { duplicates, taken }: Pick<Appended, 'duplicates' | 'taken'>,
  marks: readonly (readonly [TableRole, bigint])[],
  totals: Totals,
): Promise<Pick<CommitEvent, 'newestEvent'> | undefined> {
  const { context, pool, group, results, parts, signal } = work;
  const { catalog, config } = context;
  const table = await loadLedger(context, signal);
  if (!isOpen(table, group.id)) return undefined;
  const owner = ownerOf(group);
  const schema = currentSchema(table.metadata);
  let newestEvent: number | undefined;
  const write = async ({ batch }: BatchResult, number: number): Promise<DataFile[]> => {
    let entries = await parts.entries(number);
    for (const { result, entry, count } of duplicates) {
      if (result !== number) continue;
      entries[entry].records -= count;
      entries[entry].duplicates += count;
      // The row that is kept may have been written with another configuration.
      if (!group.replaces) entries[entry].config = undefined;
    }
    entries = entries.filter((entry) => !isKept(entry));
    for (const { lastEventTime = 0 } of entries) if (lastEventTime > (newestEvent ?? 0)) newestEvent = lastEventTime;
    const written = await pool.writeLedger({ entries, schema, batch, run: group.run }, signal);
    return mapConcurrent(written, WRITTEN_AT_ONCE, async (one) => ({
      ...one.file,
      path: await storeFile(table, owner, one, signal),
    }));
  };
  const files = (await mapConcurrent(results, WRITTEN_AT_ONCE, write)).flat();
  const manifests = files.length === 0 ? [] : [await storeManifest(table, owner, files, 'data', signal)];
  const { alreadyCommitted } = await appendManifests({
    catalog,
    identifier: identifierOf(config, 'ledger'),
    commitId: group.id,
    manifests,
    allowEmpty: true,
    summary: { ...work.summary, [TOTALS]: JSON.stringify(totals) },
    find: (ledger) => findInHistory(ledger.metadata, group.id) ?? (isOpen(ledger, group.id) ? undefined : FINISHED),
    prepare: async (ledger) => {
      const all = marksOf(ledger);
      for (const [role, at] of marks) raise(all, role, at);
      const text = marksText(all);
      const at: Record<string, string> = text === '' ? {} : { [TABLES_AT]: text };
      const properties = { ...LedgerCommits.of(ledger).withoutOpen(group.id), ...at };
      return { manifests: await reviseLedger(work, ledger, taken), summary: at, properties };
    },
    signal,
  });
  return alreadyCommitted ? undefined : { newestEvent };
}
