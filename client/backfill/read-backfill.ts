/** Reads a backfill from the server: its description, its status query and its result. */
import type { Client, WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
import { UserMistake } from '../../errors/index.js';
import type { ControlState } from '../../protocol/control.js';
import {
  BACKFILL_INCOMPLETE,
  BACKFILL_STATUS,
  type BackfillResult,
  type BackfillStatus,
} from '../../protocol/messages.js';
import { hasWorker } from '../session/pollers.js';
import { type ClusterSession, QUERY_TIMEOUT_MS, workflowUrl } from '../session/session.js';
import { presentWorkflow } from '../session/start-workflow.js';
import { readRetries } from './retries.js';
import { type BackfillState, type BackfillView, listedRun, pauseOf } from './view.js';
import { BACKFILL_TYPES } from './visibility.js';

/** A worker that polls for the first time may not be listed yet. */
const GRACE_MS = 500;

/** Everything that is known about a backfill now. Throws {@link UserMistake} if the id is not that of a backfill. */
export async function readBackfill(session: ClusterSession, id: string): Promise<BackfillView> {
  const { client, cluster } = session;
  const handle = client.workflow.getHandle(id);
  const description = await describeBackfill(client, id);
  const view = emptyView(description, workflowUrl(cluster, id));
  if (view.state === 'running') {
    const worker = hasWorker({ ...cluster, taskQueue: description.taskQueue }, Date.now());
    const [retries, status] = await Promise.all([
      readRetries(session, description),
      unlessNoWorker(queryStatus(client, handle), worker),
    ]);
    if (status !== null) return { ...view, ...fromStatus(status), ...fromControl(status.control), retries };
    return { ...view, retries, worker: await worker };
  }
  const ending = await endingOf(handle, view.state);
  const known = ending.result === null ? fromStatus(await queryStatus(client, handle)) : fromResult(ending.result);
  return { ...view, ...known, error: ending.error };
}

/** The description of a backfill. Throws {@link UserMistake} if the id is not that of a backfill. */
export async function describeBackfill(client: Client, id: string): Promise<WorkflowExecutionDescription> {
  const cure = 'See `trailmill backfill list` for the ids.';
  const description = await presentWorkflow(client, id);
  if (description === undefined) throw new UserMistake(`There is no backfill with the id "${id}".`, cure);
  if (!BACKFILL_TYPES.includes(description.type)) {
    throw new UserMistake(`"${id}" is not a backfill but a workflow of type ${description.type}.`, cure);
  }
  return description;
}

function emptyView(description: WorkflowExecutionDescription, ui: string | null): BackfillView {
  const run = listedRun(description, ui);
  return {
    ...run,
    ...pauseOf(run.state, description.memo),
    days: null,
    window: null,
    planned: null,
    totals: null,
    failures: [],
    unknown: null,
    unread: null,
    damaged: [],
    ignored: [],
    error: null,
    retries: [],
    worker: null,
    taskQueue: description.taskQueue,
  };
}

/** The answer to a query, which is not waited for to its deadline if no worker polls: then nobody will answer. */
async function unlessNoWorker<T>(answer: Promise<T | null>, worker: Promise<boolean>): Promise<T | null> {
  const nobody = worker.then(async (polls): Promise<T | null> => {
    if (polls) return answer;
    await new Promise((resolve) => setTimeout(resolve, GRACE_MS).unref());
    return null;
  });
  return Promise.race([answer, nobody]);
}

async function queryStatus(client: Client, handle: WorkflowHandle): Promise<BackfillStatus | null> {
  try {
    return await client.connection.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () =>
      handle.query<BackfillStatus>(BACKFILL_STATUS),
    );
  } catch {
    // No worker, or one that is still starting: the description alone is still correct.
    return null;
  }
}

function fromStatus(status: BackfillStatus | null): Partial<BackfillView> {
  if (status === null) return {};
  const { days, planned, share, discovered } = status;
  return { ...fromReport(status), days, planned, share, discovered };
}

/** The part that a status and a result have in common. */
function fromReport(report: Omit<BackfillResult, 'days'>): Partial<BackfillView> {
  const { from, to, startedAt, totals, failures, unknown, unread, ignored, unlistedRegions, damaged, known } = report;
  return {
    from,
    to,
    // A long backfill continues as new: the description is then that of its last run.
    startedAt: new Date(startedAt).toISOString(),
    totals,
    failures,
    unknown: unknown ?? null,
    unread: unread ?? null,
    damaged: damaged ?? [],
    ignored: ignored ?? [],
    unlistedRegions,
    known,
  };
}

/** Newer than the memo, which was read earlier. */
function fromControl({ paused, pausedReason, daysInFlight, batchesInFlight }: ControlState): Partial<BackfillView> {
  return { paused, pausedReason: pausedReason ?? null, window: { daysInFlight, batchesInFlight } };
}

function fromResult(result: BackfillResult): Partial<BackfillView> {
  return { ...fromReport(result), days: { ...result.days, running: [], waiting: [] } };
}

interface Ending {
  result: BackfillResult | null;
  error: string | null;
}

async function endingOf(handle: WorkflowHandle, state: BackfillState): Promise<Ending> {
  if (state === 'terminated' || state === 'timed out') return { result: null, error: `It was ${state}.` };
  try {
    return { result: (await handle.result()) as BackfillResult, error: null };
  } catch (error) {
    return failureEnding(error, state);
  }
}

function failureEnding(error: unknown, state: BackfillState): Ending {
  const incomplete = causeOf(error, (cause) => 'type' in cause && cause.type === BACKFILL_INCOMPLETE);
  if (incomplete !== undefined && 'details' in incomplete && Array.isArray(incomplete.details)) {
    const result = (incomplete.details[0] as BackfillResult | undefined) ?? null;
    return { result, error: result === null ? incomplete.message : null };
  }
  if (state === 'cancelled') return { result: null, error: null };
  const deepest = causeOf(error, (cause) => !(cause.cause instanceof Error));
  return { result: null, error: deepest?.message ?? String(error) };
}

/** The first error in the chain of causes that matches. */
function causeOf(error: unknown, fits: (cause: Error) => boolean): Error | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (fits(current)) return current;
  }
  return undefined;
}
