/** A backfill as the CLI shows it: put together from the description, the status query and the result. */
import type {
  Client,
  WorkflowExecutionDescription,
  WorkflowExecutionInfo,
  WorkflowExecutionStatusName,
  WorkflowHandle,
} from '@temporalio/client';
import { UserMistake } from '../errors/index.js';
import type { ControlState } from '../workflows/control.js';
import { SCHEDULED_INGEST_TYPE } from '../workflows/ids.js';
import {
  BACKFILL_INCOMPLETE,
  BACKFILL_STATUS,
  type BackfillResult,
  type BackfillStatus,
  type DayFailure,
  type IgnoredFiles,
  type PausedMemo,
  type Totals,
  type UnknownFolders,
  type UnreadFiles,
} from '../workflows/messages.js';
import { hasWorker } from './pollers.js';
import { type Session, workflowUrl } from './session.js';
import { type Retry, readRetries } from './status/retries.js';

export type BackfillState = 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed out';

/** Also the JSON that `backfill status --json` prints. */
export interface BackfillView {
  id: string;
  runId: string;
  state: BackfillState;
  /** Only of one that is running: it begins nothing until it is resumed. */
  paused: boolean;
  pausedReason: string | null;
  from: string | null;
  to: string | null;
  /** ISO 8601, UTC. */
  startedAt: string;
  closedAt: string | null;
  /** `null` when nobody could be asked: no worker is running. */
  days: BackfillStatus['days'] | null;
  /** How much is worked on at once; `null` also of one that has ended. */
  window: { daysInFlight: number; batchesInFlight: number } | null;
  planned: BackfillStatus['planned'] | null;
  totals: Totals | null;
  failures: DayFailure[];
  /** `null`: not known. */
  unknown: UnknownFolders | null;
  /** Files of CloudTrail that it does not read; `null`: none, or not known. */
  unread: UnreadFiles | null;
  /** Of each table with a damaged data file what is damaged, and the cure. */
  damaged: string[];
  /** Files of its days that it leaves out. */
  ignored: IgnoredFiles[];
  /** Regions that are read, and are not in the list of the version that looked; absent where there are none. */
  unlistedRegions?: string[];
  /** Why it failed, where that is not said by the failures of its days. */
  error: string | null;
  /** What has failed and is tried again: why it stands still. */
  retries: Retry[];
  /** Does a worker poll its task queue? `null` where that was not looked at: one has answered, or it has ended. */
  worker: boolean | null;
  taskQueue: string;
  ui: string | null;
}

/** The type name of the workflow, in descriptions and in visibility queries. */
export const BACKFILL_TYPE = 'backfill';
/** What a schedule starts is a backfill too, and can be looked at and controlled as one. */
export const BACKFILL_TYPES: readonly string[] = [BACKFILL_TYPE, SCHEDULED_INGEST_TYPE];

/** A query goes through a worker; without one the server waits for it as long as the caller lets it. */
const QUERY_MS = 4_000;

/** Everything that can be known about a backfill now. Throws {@link UserMistake} for an id that is none. */
export async function readBackfill(session: Session, id: string): Promise<BackfillView> {
  const { client, cluster } = session;
  const handle = client.workflow.getHandle(id);
  const description = await describeBackfill(client, id);
  const view = emptyView(description, workflowUrl(cluster, id));
  if (view.state === 'running') {
    const [retries, status] = await Promise.all([readRetries(session, description), queryStatus(client, handle)]);
    if (status !== null) return { ...view, ...fromStatus(status), ...fromControl(status.control), retries };
    const { taskQueue } = description;
    return { ...view, retries, worker: await hasWorker({ ...cluster, taskQueue }, Date.now()) };
  }
  const ending = await endingOf(handle, view.state);
  const known = ending.result === null ? fromStatus(await queryStatus(client, handle)) : fromResult(ending.result);
  return { ...view, ...known, error: ending.error };
}

/** The description of a backfill; a wrong id is a mistake that is told with its cure. */
export async function describeBackfill(client: Client, id: string): Promise<WorkflowExecutionDescription> {
  const cure = 'See `trailmill backfill list` for the ids.';
  let description: WorkflowExecutionDescription;
  try {
    description = await client.workflow.getHandle(id).describe();
  } catch (error) {
    if (error instanceof Error && error.name === 'WorkflowNotFoundError') {
      throw new UserMistake(`There is no backfill with the id "${id}".`, cure);
    }
    throw error;
  }
  if (!BACKFILL_TYPES.includes(description.type)) {
    throw new UserMistake(`"${id}" is no backfill, but a workflow of type ${description.type}.`, cure);
  }
  return description;
}

/** Temporal's word for a state into ours. */
export function stateOf(status: WorkflowExecutionStatusName): BackfillState {
  switch (status) {
    case 'COMPLETED':
      return 'completed';
    case 'FAILED':
      return 'failed';
    case 'CANCELLED':
      return 'cancelled';
    case 'TERMINATED':
      return 'terminated';
    case 'TIMED_OUT':
      return 'timed out';
    default:
      return 'running';
  }
}

/** Is it paused, as far as its memo says, and why? The memo is there without a worker, and in lists. */
export function pauseOf(
  state: BackfillState,
  memo: Record<string, unknown> | undefined,
): { paused: boolean; pausedReason: string | null } {
  const { paused } = (memo ?? {}) as PausedMemo;
  return state === 'running' && paused
    ? { paused: true, pausedReason: paused.reason }
    : { paused: false, pausedReason: null };
}

/** First and last day, from the memo or, for a backfill that something else started, from the id. */
export function rangeOf(
  id: string,
  memo: Record<string, unknown> | undefined,
): { from: string | null; to: string | null } {
  const match = /(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})/.exec(id);
  return {
    from: typeof memo?.from === 'string' ? memo.from : (match?.[1] ?? null),
    to: typeof memo?.to === 'string' ? memo.to : (match?.[2] ?? null),
  };
}

/** What lists say of a run, without anybody being asked. */
export type ListedRun = Pick<BackfillView, 'id' | 'runId' | 'state' | 'from' | 'to' | 'startedAt' | 'closedAt' | 'ui'>;

export function listedRun(
  { workflowId, runId, status, memo, startTime, closeTime }: Omit<WorkflowExecutionInfo, 'raw'>,
  ui: string | null,
): ListedRun {
  return {
    id: workflowId,
    runId,
    state: stateOf(status.name),
    ...rangeOf(workflowId, memo),
    startedAt: startTime.toISOString(),
    closedAt: closeTime?.toISOString() ?? null,
    ui,
  };
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

async function queryStatus(client: Client, handle: WorkflowHandle): Promise<BackfillStatus | null> {
  try {
    return await client.connection.withDeadline(Date.now() + QUERY_MS, () =>
      handle.query<BackfillStatus>(BACKFILL_STATUS),
    );
  } catch {
    // No worker, or a worker that is busy starting: the description alone still says something true.
    return null;
  }
}

function fromStatus(status: BackfillStatus | null): Partial<BackfillView> {
  if (status === null) return {};
  const { days, planned, totals, failures, from, to, unknown, unread, ignored, unlistedRegions, damaged } = status;
  // A long backfill continues as new: the description then knows the last run only.
  return {
    from,
    to,
    startedAt: new Date(status.startedAt).toISOString(),
    days,
    planned,
    totals,
    failures,
    unknown: unknown ?? null,
    unread: unread ?? null,
    damaged: damaged ?? [],
    ignored: ignored ?? [],
    unlistedRegions,
  };
}

/** Newer than the memo, which was read before it. */
function fromControl({ paused, pausedReason, daysInFlight, batchesInFlight }: ControlState): Partial<BackfillView> {
  return { paused, pausedReason: pausedReason ?? null, window: { daysInFlight, batchesInFlight } };
}

function fromResult(result: BackfillResult): Partial<BackfillView> {
  const { from, to, startedAt, days, totals, failures, unknown, unread, ignored, unlistedRegions, damaged } = result;
  const ended = { ...days, running: [], waiting: [] };
  return {
    from,
    to,
    startedAt: new Date(startedAt).toISOString(),
    days: ended,
    totals,
    failures,
    unknown: unknown ?? null,
    unread: unread ?? null,
    damaged: damaged ?? [],
    ignored: ignored ?? [],
    unlistedRegions,
  };
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

/** The first error of the chain of causes that fits. */
function causeOf(error: unknown, fits: (cause: Error) => boolean): Error | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (fits(current)) return current;
  }
  return undefined;
}
