/** The activities. Each opens the run, calls another module, and maps errors. */

import { setMaxListeners } from 'node:events';
import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { storeAuditReport, storeDayReport } from '../audit/reports.js';
import { removeUnusedPlans } from '../commit/clean-up.js';
import { commit, completeCommits } from '../commit/commit.js';
import type { Compactor } from '../compact/compactor.js';
import { ingestBatch } from '../ingest/batch.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import { discover } from '../plan/discover.js';
import { planDay } from '../plan/plan-day.js';
import type {
  Activities,
  CompactDaysInput,
  FindDaysInput,
  PrepareVerifyInput,
  TableUpkeepInput,
  UpkeepPartInput,
} from '../protocol/activities.js';
import type { RunConfigRef } from '../protocol/messages.js';
import type { RunDependencies } from '../run/context.js';
import { type RunContext, runContexts } from '../run/context.js';
import { logEvent, type Report } from '../run/events.js';
import { findDays } from '../upkeep/choose-days.js';
import { compactDays } from '../upkeep/compact-days.js';
import { findTables, type UpkeepContext } from '../upkeep/context.js';
import { PlannedFiles } from '../upkeep/planned-files.js';
import { dropOldDays } from '../upkeep/retention.js';
import { expireTable, tidyTable } from '../upkeep/tidy-table.js';
import { prepareVerify } from '../verify/prepare.js';
import { storeVerifiedDay, storeVerifyReport } from '../verify/reports.js';
import { withFailures } from './failures.js';

/** Heartbeat interval. Cancellations arrive with heartbeat responses, so a cancelled activity may run on for about as long. */
const HEARTBEAT_MS = 2_000;

/** The dependencies that the worker process passes in. */
export interface ActivityDependencies extends RunDependencies {
  pool: DecoderPool;
  compactor: Compactor;
  /** A directory of this machine for compactions. */
  tempDir: string;
}

/**
 * Returns a clock with the time of the Temporal server, in milliseconds since the epoch. Upkeep removes days and files by their
 * age, so a worker whose clock is wrong must not judge them. It is late by as long as the activity was in the queue.
 */
function serverClock(): () => number {
  const { currentAttemptScheduledTimestampMs: scheduledAt } = activityInfo();
  const started = performance.now();
  return () => Math.floor(scheduledAt + performance.now() - started);
}

/** Creates all activities, by the names that workflows use. */
export function createActivities(dependencies: ActivityDependencies): Activities {
  const report: Report = (event) => {
    logEvent(event);
    dependencies.report(event);
  };
  const open = runContexts({ ...dependencies, report });
  const { pool, compactor, tempDir } = dependencies;

  function activity<Input extends { config: RunConfigRef }, Output>(
    run: (context: RunContext, input: Input, signal: AbortSignal, beat: (details?: unknown) => void) => Promise<Output>,
  ): (input: Input) => Promise<Output> {
    return withFailures(async (input: Input, signal: AbortSignal) => {
      // Many concurrent storage calls listen to this signal. It is not a leak, so turn off Node's warning.
      setMaxListeners(0, signal);
      let details: unknown = activityInfo().heartbeatDetails;
      const beat = (latest?: unknown): void => {
        if (latest !== undefined) details = latest;
        heartbeat(details);
      };
      const timer = setInterval(beat, HEARTBEAT_MS);
      try {
        return await run(await open(input.config), input, signal, beat);
      } finally {
        clearInterval(timer);
      }
    }, cancellationSignal);
  }

  /** What the newest upkeep knows. */
  let latest = { runId: '', plannedFiles: new PlannedFiles() };

  function upkeep<Input extends { config: RunConfigRef }, Output>(
    act: (context: UpkeepContext, input: Input, run: string) => Promise<Output>,
  ): (input: Input) => Promise<Output> {
    return activity((context: RunContext, input: Input, signal) => {
      const { workflowId = '', runId = '' } = activityInfo().workflowExecution ?? {};
      if (latest.runId !== runId) latest = { runId, plannedFiles: new PlannedFiles() };
      const { plannedFiles } = latest;
      return act({ ...context, pool, compactor, tempDir, signal, now: serverClock(), plannedFiles }, input, workflowId);
    });
  }

  return {
    completeCommits: activity((context: RunContext, _input: { config: RunConfigRef }, signal) =>
      completeCommits(context, pool, signal),
    ),
    discover: activity(discover),
    planDay: activity(async (context: RunContext, input: Parameters<typeof planDay>[2], signal) => {
      const { workflowExecution, activityId, attempt } = activityInfo();
      const execution = String(workflowExecution?.runId);
      const planner = { execution, planId: `${execution}-${activityId}-${attempt}` };
      const plan = await planDay(context, pool, input, planner, signal);
      report({ what: 'plan', source: context.config.source, plan });
      return plan;
    }),
    ingestBatch: activity(async (context: RunContext, input: Parameters<typeof ingestBatch>[2], signal, beat) => {
      const started = performance.now();
      const batch = await ingestBatch(context, pool, input, beat, signal, activityInfo().attempt);
      const seconds = Math.round(performance.now() - started) / 1000;
      report({ what: 'batch', source: context.config.source, totals: batch.totals, seconds });
      return batch;
    }),
    commit: activity((context: RunContext, input: Parameters<typeof commit>[2], signal) =>
      commit(context, pool, input, signal),
    ),
    auditDay: activity((context: RunContext, input: Parameters<typeof storeDayReport>[2], signal) =>
      storeDayReport(context, pool, input, signal),
    ),
    auditReport: activity(storeAuditReport),
    prepareVerify: activity((context: RunContext, input: PrepareVerifyInput, signal) =>
      prepareVerify({ ...context, pool, signal }, input),
    ),
    verifyDay: activity((context: RunContext, input: Parameters<typeof storeVerifiedDay>[2], signal) =>
      storeVerifiedDay(context, pool, input, signal),
    ),
    verifyReport: activity(storeVerifyReport),
    findTables: upkeep((context, input: UpkeepPartInput) => findTables(context, input)),
    dropOldDays: upkeep((context, input: TableUpkeepInput, run) => dropOldDays(context, input, run)),
    expireTable: upkeep((context, input: TableUpkeepInput) => expireTable(context, input)),
    findDays: upkeep((context, input: FindDaysInput) => findDays(context, input)),
    compactDays: upkeep((context, input: CompactDaysInput, run) => compactDays(context, input, run)),
    tidyTable: upkeep((context, input: TableUpkeepInput, run) => tidyTable(context, input, run)),
    tidyWorkArea: activity(async (context: RunContext, { dryRun = false }: UpkeepPartInput, signal) => ({
      plans: await removeUnusedPlans(context, dryRun, signal),
    })),
  };
}
