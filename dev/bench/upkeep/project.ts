/** A log source on disk whose ingestion, upkeep and audit run in this process: the activities in the order of their workflows. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { auditDay } from '../../../audit/audit-day.js';
import { allTables, ICEBERG_NAMESPACE } from '../../../cloudtrail/tables.js';
import { removeUnusedPlans } from '../../../commit/clean-up.js';
import { commit, completeCommits } from '../../../commit/commit.js';
import { DEFAULT_UPKEEP } from '../../../config/upkeep.js';
import { storageCatalog } from '../../../iceberg/catalog-settings.js';
import { createStorageCatalog } from '../../../iceberg/storage-catalog.js';
import { ingestBatch } from '../../../ingest/batch.js';
import type { DecoderPool } from '../../../ingest/threads/decoder-pool.js';
import { inlinePool } from '../../../ingest/threads/inline-pool.js';
import { discover } from '../../../plan/discover.js';
import { planDay } from '../../../plan/plan-day.js';
import { addTotals, NO_TOTALS, type Totals } from '../../../protocol/totals.js';
import {
  addFiles,
  addTidied,
  type TableUpkeep,
  type UpkeepRequest,
  untouched,
} from '../../../protocol/upkeep-messages.js';
import type { RunContext } from '../../../run/context.js';
import { readWork } from '../../../run/versioned.js';
import { SOURCE_LIST } from '../../../run/work-area.js';
import { createFileStore } from '../../../storage/file.js';
import { findDays } from '../../../upkeep/choose-days.js';
import { compactDays } from '../../../upkeep/compact-days.js';
import { findTables, type UpkeepContext } from '../../../upkeep/context.js';
import { PlannedFiles } from '../../../upkeep/planned-files.js';
import { dropOldDays } from '../../../upkeep/retention.js';
import { expireTable, tidyTable } from '../../../upkeep/tidy-table.js';

/** The name of the log source. */
export const SOURCE = 'aws_cloudtrail';
const RUN = 'bench';
const NEVER = new AbortController().signal;
const EVERYTHING = { config: '', filter: {} };

/** Opens the log source in a directory: `bucket` and `warehouse` below it, all tables, and the default settings. */
export function openProject(directory: string): RunContext {
  for (const name of ['bucket', 'warehouse']) mkdirSync(join(directory, name), { recursive: true });
  const bucket = createFileStore(join(directory, 'bucket'));
  const warehouse = createFileStore(join(directory, 'warehouse'));
  return {
    config: {
      source: SOURCE,
      location: bucket.uri,
      keyPrefix: '',
      catalog: storageCatalog(ICEBERG_NAMESPACE),
      tables: allTables(SOURCE),
      deduplicate: { windowDays: 30 },
      ingest: {
        batchBytes: 64 << 20,
        batchFiles: 2_000,
        chunkBytes: 16 << 20,
        groupBatches: 16,
        daysInFlight: 2,
        batchesInFlight: 2,
        concurrentReads: 32,
        maxFileBytes: 128 << 20,
      },
    },
    warehouse,
    bucket,
    catalog: createStorageCatalog(warehouse, { now: () => Date.now() }),
  };
}

let plans = 0;

/** Ingests the files of the delivery days that are not in the ledger, like a run that begins now. */
export async function ingestDays(
  run: RunContext,
  days: readonly string[],
  pool: DecoderPool = inlinePool,
): Promise<Totals> {
  await completeCommits(run, pool, NEVER);
  const { address: sources } = await discover(run, EVERYTHING, NEVER);
  let totals = NO_TOTALS;
  for (const day of days) totals = addTotals(totals, await ingestDay(run, day, sources, pool));
  return totals;
}

async function ingestDay(run: RunContext, day: string, sources: string, pool: DecoderPool): Promise<Totals> {
  const { groupBatches } = run.config.ingest;
  const execution = `${process.pid}-${++plans}-`;
  const input = { ...EVERYTHING, day, sources, groupBatches };
  const plan = await planDay(run, pool, input, { execution, planId: `${execution}1` }, NEVER);
  const groups = Math.ceil(plan.batches / groupBatches);
  let totals = NO_TOTALS;
  for (let group = 0; group < groups; group++) {
    const results: string[] = [];
    for (let index = group * groupBatches; index < Math.min(plan.batches, (group + 1) * groupBatches); index++) {
      const batch = { config: '', plan: plan.address, index, run: RUN };
      results.push((await ingestBatch(run, pool, batch, () => {}, NEVER)).result);
    }
    const of = { config: '', plan: plan.address, since: plan.ledgerSequence, group, groups, day, run: RUN, results };
    totals = addTotals(totals, await commit(run, pool, of, NEVER));
  }
  return totals;
}

/** What upkeep has done, and the CPU seconds of this process for each step. */
export interface UpkeepDone {
  /** By the name of the table. */
  tables: Record<string, TableUpkeep>;
  /** Removed objects of plans. */
  plans: number;
  cpu: { compact: number; tidy: number };
}

/** What upkeep works with. */
export type UpkeepTools = Pick<UpkeepContext, 'compactor' | 'tempDir'> & Partial<Pick<UpkeepContext, 'pool' | 'now'>>;

/** The configured upkeep, with defaults for missing settings. */
export function upkeepContext(run: RunContext, tools: UpkeepTools): UpkeepContext {
  const config = { ...run.config, upkeep: { ...DEFAULT_UPKEEP, ...run.config.upkeep } };
  const plannedFiles = new PlannedFiles();
  return { pool: inlinePool, now: Date.now, ...run, ...tools, config, signal: NEVER, plannedFiles };
}

/** All steps of upkeep, one table after the other. */
export async function runUpkeep(context: UpkeepContext, request: UpkeepRequest = {}): Promise<UpkeepDone> {
  const tables: UpkeepDone['tables'] = {};
  const cpu = { compact: 0, tidy: 0 };
  for (const table of await findTables(context, request)) {
    const call = { ...request, table };
    const started = cpuSeconds();
    let done: TableUpkeep = { ...untouched(table), dropped: await dropOldDays(context, call, RUN) };
    if (!request.dryRun) done = { ...done, ...(await expireTable(context, call)) };
    const expired = cpuSeconds();
    for (const days of (await findDays(context, call)).groups) {
      const { compacted, postponed } = await compactDays(context, { ...call, days }, RUN);
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
    const compacted = cpuSeconds();
    tables[table] = { ...done, ...addTidied(done, await tidyTable(context, call, RUN)) };
    cpu.compact += compacted - expired;
    cpu.tidy += cpuSeconds() - compacted + expired - started;
  }
  return { tables, plans: await removeUnusedPlans(context, request.dryRun === true, NEVER), cpu };
}

/** Audits delivery days. Returns the number of differences, and the first of them as text. */
export async function auditDays(run: RunContext, days: readonly string[]): Promise<{ count: number; first: string[] }> {
  const { address } = await discover(run, EVERYTHING, NEVER);
  const { sources } = await readWork(run.warehouse, address, SOURCE_LIST);
  const found = { count: 0, first: [] as string[] };
  for (const day of days) {
    const { differences } = await auditDay({ ...run, pool: inlinePool, signal: NEVER }, { day, filter: {}, sources });
    found.count += differences.count;
    if (found.first.length < 5) found.first.push(...differences.first.map((one) => JSON.stringify(one)));
  }
  return found;
}

/** CPU seconds of this process so far, with all threads. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
