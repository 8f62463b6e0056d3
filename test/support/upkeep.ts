/** Upkeep without Temporal: the activities in the order of the workflow. */
import { tmpdir } from 'node:os';
import { INGEST_ROLES } from '../../cloudtrail/tables';
import { inlineCompactor } from '../../compact/compactor';
import { runUpkeep } from '../../dev/bench/upkeep/project';
import { inlinePool } from '../../ingest/threads/inline-pool';
import type { TableUpkeep, UpkeepRequest } from '../../protocol/upkeep-messages';
import type { UpkeepConfig } from '../../run/config';
import type { RunContext } from '../../run/context';
import type { UpkeepContext } from '../../upkeep/context';
import { PlannedFiles } from '../../upkeep/planned-files';
import { NEVER, rowsOf } from './runs';

/** Everything is old enough, and snapshots and unused files are removed as soon as that is allowed. */
const AT_ONCE: UpkeepConfig = {
  compactAfterDays: 1,
  targetFileBytes: 256 << 20,
  keepSnapshotsDays: 0,
  keepSnapshots: 1,
  keepUnusedDays: 1,
  retentionDays: {},
  sortBy: {},
};

export function upkeepContext(run: RunContext, upkeep: Partial<UpkeepConfig> = {}, now?: number): UpkeepContext {
  const config = { ...run.config, upkeep: { ...AT_ONCE, ...upkeep } };
  const at = now ?? Date.now();
  return {
    ...{ ...run, config, pool: inlinePool, compactor: inlineCompactor },
    ...{ tempDir: tmpdir(), signal: NEVER, now: () => at, plannedFiles: new PlannedFiles() },
  };
}

/** What was done, by table name, and the number of removed objects of plans. */
export async function upkeep(
  context: UpkeepContext,
  request: UpkeepRequest = {},
): Promise<{ tables: Record<string, TableUpkeep>; plans: number }> {
  const { tables, plans } = await runUpkeep(context, request);
  return { tables, plans };
}

/** All values of all rows of all tables, regardless of their order. */
export async function allRows(run: RunContext): Promise<Record<string, string[]>> {
  const content: Record<string, string[]> = {};
  for (const role of INGEST_ROLES)
    content[role] = (await rowsOf(run, role))
      .map((row) => JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? `${value}` : value)))
      .sort();
  return content;
}
