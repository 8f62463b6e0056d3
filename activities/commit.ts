/**
 * commit: one snapshot a table for a group of batches; the ledger last. Each snapshot carries the commit id, so the step
 * can be cut anywhere and run again, and a commit that was cut for good is completed by the next plan.
 */
import { NAMESPACE, nameOf, TABLE_ROLES } from '../cloudtrail/tables.js';
import { appendManifests, commitIds } from '../iceberg/append.js';
import { snapshotById } from '../iceberg/snapshot.js';
import { NO_TOTALS, type RunConfigRef, type Totals } from '../workflows/messages.js';
import { openTables, type RunContext } from './run-context.js';
import { type BatchResult, commitKey, type GroupCommit, readJson, writeJson } from './work-area.js';

export interface CommitInput {
  config: RunConfigRef;
  plan: string;
  /** `ledgerSequence` of the plan. */
  since?: string;
  group: number;
  day: string;
  run: string;
  /** Addresses of the group's batch results. */
  results: string[];
}

/** Summary key: address of the {@link GroupCommit} in the work area, which names the ledger's manifests too. */
const COMMIT_ADDRESS = 'trailmill.commit';

export async function commit(context: RunContext, input: CommitInput, signal: AbortSignal): Promise<Totals> {
  const { warehouse } = context;
  const group: GroupCommit = {
    id: `${input.plan.slice(input.plan.lastIndexOf('/') + 1)}/${input.group}`,
    run: input.run,
    day: input.day,
    manifests: {},
  };
  const totals: Totals = { ...NO_TOTALS };
  for (const address of input.results) {
    const result = await readJson<BatchResult>(warehouse, address, signal);
    for (const role of TABLE_ROLES) {
      const manifest = result.manifests[role];
      if (manifest === undefined) continue;
      group.manifests[role] ??= [];
      group.manifests[role].push(manifest);
    }
    for (const name of Object.keys(totals) as (keyof Totals)[]) totals[name] += result.totals[name] ?? 0;
  }
  const address = commitKey(input.plan, input.group);
  await writeJson(warehouse, address, group, signal);
  await openTables(context);
  await appendAll(context, group, address, signal);
  return totals;
}

async function appendAll(
  { catalog, warehouse, config }: RunContext,
  group: GroupCommit,
  address: string,
  signal?: AbortSignal,
): Promise<void> {
  for (const role of TABLE_ROLES) {
    await appendManifests({
      catalog,
      store: warehouse,
      identifier: { namespace: NAMESPACE, name: nameOf(config.source, role) },
      commitId: group.id,
      manifests: group.manifests[role] ?? [],
      summary: {
        [COMMIT_ADDRESS]: address,
        'trailmill.run': group.run,
        'trailmill.source': config.source,
        'trailmill.delivery-day': group.day,
      },
      signal,
    });
  }
}

/**
 * Finishes commits that are in a data table and not in the ledger: their worker died between the two, and perhaps their
 * workflow was terminated. Without this the day's files would be ingested once more. Tables that this run does not want
 * are looked at too: an earlier one may have wanted them.
 */
export async function completeHalfCommits(context: RunContext): Promise<number> {
  const tables = await openTables(context);
  const inLedger = commitIds(tables.ledger.metadata);
  let completed = 0;
  for (const role of TABLE_ROLES) {
    if (role === 'ledger') continue;
    const identifier = { namespace: NAMESPACE, name: nameOf(context.config.source, role) };
    const metadata = (tables[role] ?? (await context.catalog.loadTable(identifier)))?.metadata;
    if (metadata === undefined) continue;
    for (const [id, snapshotId] of commitIds(metadata)) {
      if (inLedger.has(id)) continue;
      const address = snapshotById(metadata, snapshotId)?.summary[COMMIT_ADDRESS];
      if (address === undefined) continue;
      await appendAll(context, await readJson<GroupCommit>(context.warehouse, address), address);
      inLedger.set(id, snapshotId);
      completed++;
    }
  }
  return completed;
}
