/** Upkeep without Temporal: the activities in the order of the workflow. */
import { tmpdir } from 'node:os';
import { INGEST_ROLES } from '../../cloudtrail/tables';
import { removeUnusedPlans } from '../../commit/clean-up';
import { inlineCompactor } from '../../compact/compactor';
import { inlinePool } from '../../ingest/threads/inline-pool';
import { addFiles, type TableUpkeep, type UpkeepRequest, untouched } from '../../protocol/upkeep-messages';
import type { UpkeepConfig } from '../../run/config';
import type { RunContext } from '../../run/context';
import { findDays } from '../../upkeep/choose-days';
import { compactDays } from '../../upkeep/compact-days';
import { findTables, type UpkeepContext } from '../../upkeep/context';
import { PlannedFiles } from '../../upkeep/planned-files';
import { dropOldDays } from '../../upkeep/retention';
import { tidyTable } from '../../upkeep/tidy-table';
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

/** What was done, by the name of the table; and the number of objects of plans. */
export async function upkeep(
  context: UpkeepContext,
  request: UpkeepRequest = {},
): Promise<{ tables: Record<string, TableUpkeep>; plans: number }> {
  const tables: Record<string, TableUpkeep> = {};
  for (const table of await findTables(context, request)) {
    const call = { ...request, table };
    const dropped = await dropOldDays(context, call, 'a test');
    let done: TableUpkeep = { ...untouched(table), dropped };
    for (const days of (await findDays(context, call)).groups) {
      const { compacted, postponed } = await compactDays(context, { ...call, days }, 'a test');
      done = {
        ...done,
        compacted: {
          days: done.compacted.days + compacted.days,
          before: addFiles(done.compacted.before, compacted.before),
          after: addFiles(done.compacted.after, compacted.after),
        },
        postponed: done.postponed + postponed,
      };
    }
    tables[table] = { ...done, ...(await tidyTable(context, call, 'a test')) };
  }
  return { tables, plans: await removeUnusedPlans(context, request.dryRun === true, NEVER) };
}

/** All values of all rows of all tables, in no order. */
export async function allRows(run: RunContext): Promise<Record<string, string[]>> {
  const content: Record<string, string[]> = {};
  for (const role of INGEST_ROLES)
    content[role] = (await rowsOf(run, role))
      .map((row) => JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? `${value}` : value)))
      .sort();
  return content;
}
