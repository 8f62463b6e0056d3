/**
 * Commits a group of batches, with one snapshot per table. First the commit is announced in the ledger, then the data tables
 * get their rows, then the ledger gets its own. Each snapshot has the commit's id, so the activity can be interrupted at any
 * point and run again. The announcement has the key of the commit's description, so any worker can complete it.
 */
import { Damaged, PlanOutdated } from '../errors/index.js';
import { appendManifests } from '../iceberg/append.js';
import type { LoadedTable, TableIdentifier } from '../iceberg/catalog.js';
import { ancestors, COMMIT_ID, commitIds, snapshotById } from '../iceberg/snapshot.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import type { CommitInput } from '../protocol/activities.js';
import type { Totals } from '../protocol/messages.js';
import { identifierOf } from '../run/config.js';
import { ensureTables, type RunContext, requireTables } from '../run/context.js';
import { ANNOUNCED, COMMIT_ADDRESS, DELIVERY_DAY, LEDGER_AT, RUN } from '../run/summary-keys.js';
import { readWork, writeWorkOnce } from '../run/versioned.js';
import { commitKey, GROUP_COMMIT, type GroupCommit, planOfCommit } from '../run/work-area.js';
import { assertWritable } from '../run/writable.js';
import { applyCommit } from './apply.js';
import { assertManifestsWhole } from './whole-tables.js';

/**
 * Commits a group of batches, and returns its counts. Throws `PlanOutdated` if another run has committed files of the day since
 * it was planned.
 */
export async function commit(
  context: RunContext,
  pool: DecoderPool,
  input: CommitInput,
  signal: AbortSignal,
): Promise<Totals> {
  const plan = input.plan.slice(input.plan.lastIndexOf('/') + 1);
  const id = commitId(plan, input.group);
  const { deduplicate } = context.config;
  const { run, day, results } = input;
  const address = commitKey(input.plan, input.group);
  // Created once: a later attempt may have other results, but must not change what was announced.
  const group = await writeWorkOnce(
    context.warehouse,
    address,
    GROUP_COMMIT,
    { id, run, day, deduplicate, results },
    signal,
  );
  await requireTables(context, signal);
  const announced = await announce(context, group, address, BigInt(input.since), signal);
  return applyCommit(context, pool, group, { ...summaryOf(context, group, address), ...announced }, signal);
}

/**
 * Announces the commit in the ledger. From then on it will be completed, by this worker or another. Two runs can work on the
 * same day (the activity of a terminated workflow runs until its next heartbeat, or the runs are on different Temporal
 * servers): only one of them can announce its commit, and the other plans again. Returns the summary properties for the
 * snapshots of the other tables.
 */
async function announce(
  context: RunContext,
  group: GroupCommit,
  address: string,
  since: bigint,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const { sequenceNumber } = await appendManifests({
    catalog: context.catalog,
    identifier: ledgerOf(context),
    commitId: `${group.id}${ANNOUNCED}`,
    manifests: [],
    allowEmpty: true,
    summary: summaryOf(context, group, address),
    prepare: async (ledger) => {
      refuseOutdated(ledger, group, since);
      return {};
    },
    signal,
  });
  return { [LEDGER_AT]: String(sequenceNumber) };
}

function refuseOutdated(ledger: LoadedTable, { id, day }: GroupCommit, since: bigint): void {
  const by = isOutdated(ledger, { plan: planOfCommit(id), day, since });
  if (by === undefined) return;
  throw new PlanOutdated(`Another run has committed files of ${day} since the day was planned (${by}).`);
}

/**
 * Looks for a commit of the day by another plan, announced after `since`. Returns the run of that commit, or
 * `undefined`.
 */
export function isOutdated(
  { metadata }: LoadedTable,
  { plan, day, since }: { plan: string; day: string; since: bigint },
): string | undefined {
  for (const { summary, 'sequence-number': sequence } of ancestors(metadata)) {
    if (sequence <= since) return undefined;
    const id = summary[COMMIT_ID];
    if (id !== undefined && summary[DELIVERY_DAY] === day && !id.startsWith(commitId(plan, '')))
      return summary[RUN] ?? 'unknown';
  }
  return undefined;
}

/** Returns the id of a commit: plan id and group number. With `''`, returns the common prefix of the plan's commit ids. */
export function commitId(plan: string, group: number | ''): string {
  return `${plan}/${group}`;
}

function summaryOf({ config }: RunContext, group: GroupCommit, address: string): Record<string, string> {
  return {
    [COMMIT_ADDRESS]: address,
    [RUN]: group.run,
    'trailmill.source': config.source,
    [DELIVERY_DAY]: group.day,
  };
}

/** Returns the catalog identifier of the run's ledger. */
export function ledgerOf({ config }: RunContext): TableIdentifier {
  return identifierOf(config, 'ledger');
}

/**
 * Finds announced commits without their rows in the ledger: their worker has died or is still working. Returns the keys of
 * their `GroupCommit` objects, oldest first.
 */
export function announcedCommits({ metadata }: Pick<LoadedTable, 'metadata'>, day?: string): string[] {
  const ids = commitIds(metadata);
  const addresses: string[] = [];
  for (const [id, snapshotId] of ids) {
    if (!id.endsWith(ANNOUNCED) || ids.has(id.slice(0, -ANNOUNCED.length))) continue;
    const summary = snapshotById(metadata, snapshotId)?.summary ?? {};
    const address = summary[COMMIT_ADDRESS];
    if (address !== undefined && (day === undefined || summary[DELIVERY_DAY] === day)) addresses.push(address);
  }
  // Oldest first, the order in which they were announced.
  return addresses.reverse();
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
  for (const address of addresses) {
    const group = await readDescription(context, address, signal);
    // This version of the ledger contains the announcement.
    const announced = { [LEDGER_AT]: String(ledger.metadata['last-sequence-number']) };
    await applyCommit(context, pool, group, { ...summaryOf(context, group, address), ...announced }, signal);
  }
  return addresses.length;
}

async function readDescription({ warehouse }: RunContext, address: string, signal?: AbortSignal): Promise<GroupCommit> {
  try {
    return await readWork(warehouse, address, GROUP_COMMIT, signal);
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
    const { path, how, cure } = error;
    const state = how === 'gone' ? 'is gone' : 'cannot be read';
    throw new Damaged(
      { path, how },
      `The ledger announces a commit that is not complete, but its description, ${address}, ${state}.`,
      String(cure),
      { cause: error },
    );
  }
}

/**
 * Completes the announced commits of earlier runs, at the start of a run. Returns their number. First checks that the warehouse
 * is writable (or throws `StorageAccessDenied`) and that the tables are intact (or throws `Damaged`), so that the run fails
 * once instead of on every day.
 */
export async function completeCommits(context: RunContext, pool: DecoderPool, signal?: AbortSignal): Promise<number> {
  await assertWritable(context.warehouse, signal);
  await assertManifestsWhole(context, signal);
  const ledger = await context.catalog.loadTable(ledgerOf(context), signal);
  return ledger === undefined ? 0 : completeAnnounced(context, pool, ledger, undefined, signal);
}
