/**
 * Commits a group of batches, with one snapshot per table. First the commit is announced in the ledger, then the data tables
 * get their rows, then the ledger gets its own. Snapshots and table properties say what is done, so the activity can be
 * interrupted at any point and run again. The announcement has the key of the commit's description, so any worker can complete
 * it.
 */
import { isDeepStrictEqual } from 'node:util';
import { Damaged, PlanOutdated } from '../errors/index.js';
import type { Catalog, LoadedTable, TableIdentifier } from '../iceberg/catalog.js';
import { loadExistingTable } from '../iceberg/retry.js';
import { findCommit } from '../iceberg/snapshot.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import type { CommitInput } from '../protocol/activities.js';
import type { Totals } from '../protocol/messages.js';
import { identifierOf } from '../run/config.js';
import { ensureTables, type RunContext, requireTables } from '../run/context.js';
import { type Ledger, LedgerCommits } from '../run/ledger-commits.js';
import { commitId, explainGone } from '../run/plan-state.js';
import { totals } from '../run/schemas.js';
import { TOTALS } from '../run/summary-keys.js';
import { parsed, readWork, writeWorkOnce } from '../run/versioned.js';
import { GROUP_COMMIT, type GroupCommit } from '../run/work-area.js';
import { commitKey } from '../run/work-keys.js';
import { assertWritable } from '../run/writable.js';
import { type Announced, announce, OthersOpen, recordFinished } from './announce.js';
import { applyCommit, readResults } from './apply.js';
import { removeLeftovers, removePlan } from './clean-up.js';
import { assertManifestsWhole } from './whole-tables.js';

/**
 * Commits a group of batches, and returns its counts; what is committed already is not committed again. After the last group
 * of a plan, removes the plan's leftovers from the work area. Throws `PlanOutdated` if another run has committed files of the
 * day since it was planned, or if that is unknown because snapshots of the ledger have been expired.
 */
export async function commit(
  context: RunContext,
  pool: DecoderPool,
  input: CommitInput,
  signal: AbortSignal,
): Promise<Totals> {
  const id = commitId(input.plan.slice(input.plan.lastIndexOf('/') + 1), input.group);
  const { ledger } = await requireTables(context, signal);
  const commitOnce = () => commitGroup(context, pool, { id, ...input }, signal);
  const counts = committedTotals(ledger, id) ?? (await (input.replaces ? inTurn(context, commitOnce) : commitOnce()));
  if (input.groups === input.group + 1) await removePlan(context, { ...input, groups: input.groups }, signal);
  return counts;
}

/** The last commit of this process that replaces rows, by the catalog of its run: only one can be open. */
const replacing = new WeakMap<Catalog, Promise<unknown>>();

function inTurn<T>({ catalog }: RunContext, call: () => Promise<T>): Promise<T> {
  const turn = (replacing.get(catalog) ?? Promise.resolve()).then(call);
  replacing.set(
    catalog,
    turn.catch(() => {}),
  );
  return turn;
}

async function commitGroup(
  context: RunContext,
  pool: DecoderPool,
  { id, run, day, results, plan, group: number, since, replaces }: CommitInput & { id: string },
  signal: AbortSignal,
): Promise<Totals> {
  const { warehouse, config } = context;
  const { deduplicate } = config;
  let counts: Totals | undefined;
  let gone: Damaged | undefined;
  try {
    // Read first: an announced commit has to be completed, so its results must exist.
    const read = await readResults(context, results, signal);
    const address = commitKey(plan, number);
    const wanted: GroupCommit = { id, run, day, deduplicate, results, ...(replaces ? { replaces } : {}) };
    // Created once: a later attempt may have other results, but must not change what was announced.
    const group = await writeWorkOnce(warehouse, address, GROUP_COMMIT, wanted, signal);
    const announced = await announceAlone(context, pool, group, address, BigInt(since), signal);
    const known = isDeepStrictEqual(group.results, results) ? read : await readResults(context, group.results, signal);
    if (announced !== undefined) counts = await applyCommit(context, pool, announced, known, signal);
  } catch (error) {
    if (!(error instanceof Damaged) || error.how !== 'gone') throw error;
    gone = error;
  }
  if (counts !== undefined) return counts;
  // Another worker has completed the commit, and may have removed the plan, at the same time.
  const ledger = await context.catalog.loadTable(ledgerOf(context), signal);
  counts = ledger && committedTotals(ledger, id);
  if (counts !== undefined) return counts;
  if (gone !== undefined) throw await explainGone(context, plan, gone, signal);
  throw new PlanOutdated(
    `Another worker has completed the commit ${id}, but its snapshot has expired, so it is unknown what was committed.`,
  );
}

/** Announces a commit. Commits that must not be open at the same time are completed first: their workers may have died. */
async function announceAlone(
  context: RunContext,
  pool: DecoderPool,
  group: GroupCommit,
  address: string,
  since: bigint,
  signal: AbortSignal,
): Promise<Announced | undefined> {
  for (;;) {
    try {
      return await announce(context, group, address, since, signal);
    } catch (error) {
      if (!(error instanceof OthersOpen)) throw error;
      // A commit that this process is working on is awaited, not completed a second time.
      if (!group.replaces) await replacing.get(context.catalog);
      const ledger = await loadExistingTable(context.catalog, ledgerOf(context), { signal });
      const open = announcedCommits(ledger);
      for (const other of error.addresses) if (open.includes(other)) await completeOpen(context, pool, other, signal);
    }
  }
}

/** The counts of a commit that is in the ledger; `undefined` if it is not, its snapshot is gone, or an early version made it. */
function committedTotals({ metadata }: LoadedTable, id: string): Totals | undefined {
  const text = findCommit(metadata, id)?.summary[TOTALS];
  return text === undefined ? undefined : parsed(totals, JSON.parse(text));
}

/** Returns the catalog identifier of the run's ledger. */
export function ledgerOf({ config }: RunContext): TableIdentifier {
  return identifierOf(config, 'ledger');
}

/**
 * Finds announced commits without their rows in the ledger: their worker has died or is still working. Returns the keys of
 * their `GroupCommit` objects, oldest first.
 */
export function announcedCommits(ledger: Ledger, day?: string): string[] {
  const { open } = LedgerCommits.of(ledger);
  return open.filter((commit) => day === undefined || commit.day === day).map(({ address }) => address);
}

/**
 * Completes announced commits of one delivery day, or of all days. Each snapshot is created once, even if another worker does
 * the same. Returns the number of commits.
 */
export async function completeAnnounced(
  context: RunContext,
  pool: DecoderPool,
  ledger: LoadedTable,
  day?: string,
  signal?: AbortSignal,
): Promise<number> {
  const addresses = announcedCommits(ledger, day);
  // At the start of a run no plan has created the tables yet, and one may have been dropped since the announcement.
  if (addresses.length > 0) await ensureTables(context, signal);
  for (const address of addresses) await completeOpen(context, pool, address, signal);
  return addresses.length;
}

async function completeOpen(
  context: RunContext,
  pool: DecoderPool,
  address: string,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await completeOne(context, pool, address, signal);
  } catch (error) {
    if (!(error instanceof Damaged) || error.how !== 'gone') throw error;
    // Its own worker may have completed it, and removed the plan, at the same time.
    const now = await context.catalog.loadTable(ledgerOf(context), signal);
    if (now === undefined || announcedCommits(now).includes(address)) throw error;
  }
}

async function completeOne(
  context: RunContext,
  pool: DecoderPool,
  address: string,
  signal?: AbortSignal,
): Promise<void> {
  const group = await readDescription(context, address, signal);
  const results = await readResults(context, group.results, signal);
  const announced = await announce(context, group, address, undefined, signal);
  if (announced !== undefined) await applyCommit(context, pool, announced, results, signal);
}

/** A description is removed once its commit is in the ledger, so the ledger's newest version may be the one that is lost. */
async function readDescription({ warehouse }: RunContext, address: string, signal?: AbortSignal): Promise<GroupCommit> {
  try {
    return await readWork(warehouse, address, GROUP_COMMIT, signal);
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
    const { path, how, cure } = error;
    const [state, orLedger] =
      how === 'gone'
        ? [
            'is gone',
            'If the ledger was restored from an older copy or has lost its newest metadata file, restore the ledger instead. ',
          ]
        : ['cannot be read', ''];
    throw new Damaged(
      { path, how },
      `The ledger announces an incomplete commit, but its description, ${address}, ${state}.`,
      `${orLedger}${cure}`,
      { cause: error },
    );
  }
}

/**
 * Completes the announced commits of earlier runs, at the start of a run, and removes what those runs have left in the work
 * area. Returns the number of commits. First checks that the warehouse
 * is writable (or throws `StorageAccessDenied`) and that the tables are intact (or throws `Damaged`), so that the run fails
 * once instead of on every day.
 */
export async function completeCommits(context: RunContext, pool: DecoderPool, signal?: AbortSignal): Promise<number> {
  await assertWritable(context.warehouse, signal);
  await assertManifestsWhole(context, signal);
  const ledger = await context.catalog.loadTable(ledgerOf(context), signal);
  if (ledger === undefined) return 0;
  await recordFinished(context, ledger, signal);
  const completed = await completeAnnounced(context, pool, ledger, undefined, signal);
  await removeLeftovers(context, completed === 0 ? ledger : undefined, signal);
  return completed;
}
