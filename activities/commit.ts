/**
 * commit: one snapshot a table for a group of batches. First the ledger announces the commit, then the data tables get their
 * rows, then the ledger gets its own. Each snapshot carries the commit's id, so the step can be cut anywhere and run again;
 * and whoever finds an announcement without its end can carry the commit out, because the announcement says where it is
 * described.
 */
import { Damaged, PlanOutdated } from '../errors/index.js';
import { appendManifests } from '../iceberg/append.js';
import type { LoadedTable, TableIdentifier } from '../iceberg/catalog.js';
import { ancestors, COMMIT_ID, commitIds, snapshotById } from '../iceberg/snapshot.js';
import type { DecoderPool } from '../ingest/decoder-pool.js';
import type { RunConfigRef, Totals } from '../workflows/messages.js';
import { carryOut } from './carry-out.js';
import { identifierOf } from './run-config.js';
import { openTables, type RunContext } from './run-context.js';
import { ANNOUNCED, COMMIT_ADDRESS, DELIVERY_DAY, LEDGER_AT, RUN } from './summary-keys.js';
import { assertManifestsWhole } from './whole-tables.js';
import { commitKey, type GroupCommit, planOfCommit, readJson, writeJsonOnce } from './work-area.js';
import { assertWritable } from './writable.js';

export interface CommitInput {
  config: RunConfigRef;
  plan: string;
  /** The ledger's sequence number when the day was planned. */
  since: string;
  group: number;
  day: string;
  run: string;
  /** Addresses of the group's batch results. */
  results: string[];
}

/** Throws `PlanOutdated` when another run has committed files of the day since it was planned. */
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
  // Once: a later attempt may know of other results, and must not change what was announced.
  const group = await writeJsonOnce<GroupCommit>(
    context.warehouse,
    address,
    { id, run, day, deduplicate, results },
    signal,
  );
  await openTables(context);
  const announced = await announce(context, group, address, BigInt(input.since), signal);
  return carryOut(context, pool, group, { ...summaryOf(context, group, address), ...announced }, signal);
}

/**
 * From here on the commit will be carried out, by this worker or by another. Two runs can be at the same day when one of
 * them should not be there any more (the activity of a terminated workflow goes on until its next heartbeat), or when they
 * are on different servers: the ledger decides which of them announces, and the other plans again. Answers what the other
 * tables' snapshots say of the announcement.
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

/** Has another plan's commit of the day been announced since? By which run; `undefined` when none has. */
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

export function ledgerOf({ config }: RunContext): TableIdentifier {
  return identifierOf(config, 'ledger');
}

/** Commits that were announced and are not in the ledger: their worker died, or is at it now. By their addresses. */
export function halfCommits({ metadata }: Pick<LoadedTable, 'metadata'>, day?: string): string[] {
  const ids = commitIds(metadata);
  const addresses: string[] = [];
  for (const [id, snapshotId] of ids) {
    if (!id.endsWith(ANNOUNCED) || ids.has(id.slice(0, -ANNOUNCED.length))) continue;
    const summary = snapshotById(metadata, snapshotId)?.summary ?? {};
    const address = summary[COMMIT_ADDRESS];
    if (address !== undefined && (day === undefined || summary[DELIVERY_DAY] === day)) addresses.push(address);
  }
  // The oldest first: that is the order in which they would have been done.
  return addresses.reverse();
}

/**
 * Carries out what was announced and left, of one delivery day or of all. Where a worker is still at it, the two do the same:
 * every snapshot is made once.
 */
export async function completeHalfCommits(
  context: RunContext,
  pool: DecoderPool,
  ledger: LoadedTable,
  day?: string,
  signal?: AbortSignal,
): Promise<number> {
  const addresses = halfCommits(ledger, day);
  if (addresses.length > 0) await openTables(context);
  for (const address of addresses) {
    const group = await describedAt(context, address, signal);
    // The announcement is in it.
    const announced = { [LEDGER_AT]: String(ledger.metadata['last-sequence-number']) };
    await carryOut(context, pool, group, { ...summaryOf(context, group, address), ...announced }, signal);
  }
  return addresses.length;
}

async function describedAt({ warehouse }: RunContext, address: string, signal?: AbortSignal): Promise<GroupCommit> {
  try {
    return await readJson<GroupCommit>(warehouse, address, signal);
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
    const { path, how, cure } = error;
    const state = how === 'gone' ? 'is gone' : 'cannot be read';
    throw new Damaged(
      { path, how },
      `The ledger announces a commit that is not finished, and what describes it, ${address}, ${state}.`,
      String(cure),
      { cause: error },
    );
  }
}

/**
 * At the start of a run: what an earlier one has announced and left, of whatever day. Answers how many commits those were.
 * Before that it makes sure that the warehouse can be written (else `StorageAccessDenied`), and that the tables are whole
 * (else `Damaged`): no day has to find out.
 */
export async function completeCommits(context: RunContext, pool: DecoderPool, signal?: AbortSignal): Promise<number> {
  await assertWritable(context.warehouse, signal);
  await assertManifestsWhole(context, signal);
  const ledger = await context.catalog.loadTable(ledgerOf(context));
  return ledger === undefined ? 0 : completeHalfCommits(context, pool, ledger, undefined, signal);
}
