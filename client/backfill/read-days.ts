/** Reads the days of a backfill from the server: the list of its child workflows, and details of some of them. */
import {
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowExecutionInfo,
  WorkflowFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { dayCounts } from '../../protocol/day-messages.js';
import {
  type DayCounts,
  type DayMemo,
  type DayProgress,
  type DayStatus,
  dayStatusQuery,
} from '../../protocol/messages.js';
import { mapConcurrent } from '../../storage/concurrency.js';
import { reasonOf } from '../../workflows/failures.js';
import { type ClusterSession, QUERY_TIMEOUT_MS, workflowUrl } from '../session/session.js';
import {
  chooseDays,
  type DayChoice,
  type DayView,
  isFailed,
  type ListedDay,
  mergeDays,
  type ShownDays,
} from './day-view.js';
import { type BackfillView, stateOf } from './view.js';
import { DAY_TYPE, dayOfId, quoted } from './visibility.js';

/** The most concurrent calls. */
const CONCURRENCY = 8;
/** The maximum page size of the server. */
const PAGE = 1_000;

/** The days to show, with all that is known about them; `listed` must have been read before the view. */
export async function readDays(
  session: ClusterSession,
  listed: ReadonlyMap<string, ListedDay>,
  view: BackfillView,
  choice: DayChoice | undefined,
): Promise<ShownDays> {
  const { days, leftOut } = chooseDays(mergeDays(view, listed), choice);
  // Without a worker, each query would time out.
  const answers = view.state === 'running' && view.days !== null;
  const complete = await mapConcurrent(days, CONCURRENCY, (day) => completed(session, day, answers));
  return { days: complete, leftOut };
}

/** The newest run of each day that this backfill has started, by day. */
export async function listDays(
  { client, cluster }: ClusterSession,
  description: WorkflowExecutionDescription,
): Promise<Map<string, ListedDay>> {
  const { workflowId: id } = description;
  const since = (await firstRunOf(client, description)).startTime.toISOString();
  // Run ids change when a backfill continues as new, its workflow id does not; an earlier backfill may have had the same id.
  const query = `WorkflowType=${quoted(DAY_TYPE)} AND ParentWorkflowId=${quoted(id)} AND StartTime>=${quoted(since)}`;
  const days = new Map<string, ListedDay>();
  for await (const info of client.workflow.list({ query, pageSize: PAGE })) {
    const day = dayOfId(info.workflowId);
    if (day === null) continue;
    const one = listedDay(info, day, workflowUrl(cluster, info.workflowId, info.runId));
    const known = days.get(day);
    days.set(day, known === undefined ? one : newerOf(known, one));
  }
  return days;
}

/** A day that continues as new has several runs: it started with the first one. */
function newerOf(a: ListedDay, b: ListedDay): ListedDay {
  const [older, newer] = String(a.startedAt) < String(b.startedAt) ? [a, b] : [b, a];
  return { ...newer, startedAt: older.startedAt };
}

async function firstRunOf(
  client: Client,
  description: WorkflowExecutionDescription,
): Promise<Pick<WorkflowExecutionDescription, 'startTime'>> {
  const first = description.raw.workflowExecutionInfo?.firstRunId;
  if (!first || first === description.runId) return description;
  try {
    return await client.workflow.getHandle(description.workflowId, first).describe();
  } catch {
    // Older than the namespace's retention, as are the days that it started.
    return description;
  }
}

/** A day as the server lists it, with the counts from its memo. */
export function listedDay(info: WorkflowExecutionInfo, day: string, ui: string | null): ListedDay {
  const state = stateOf(info.status.name);
  return {
    day,
    state: state === 'completed' ? 'done' : state,
    id: info.workflowId,
    runId: info.runId,
    startedAt: info.startTime.toISOString(),
    // A run that continued as new continues in the next one.
    closedAt: state === 'running' ? null : (info.closeTime?.toISOString() ?? null),
    counts: (info.memo as Partial<DayMemo> | undefined)?.counts ?? null,
    ui,
  };
}

/**
 * Adds what only the workflow of the day knows: its progress, or its result and the reason of a failure. `answers`: a worker can
 * answer queries.
 */
export async function completed({ client }: ClusterSession, day: DayView, answers: boolean): Promise<DayView> {
  if (day.id === null || day.runId === null) return day;
  const handle = client.workflow.getHandle(day.id, day.runId, { followRuns: false });
  if (day.state === 'running') return answers ? { ...day, counts: await queriedCounts(client, handle, day) } : day;
  const isComplete = day.counts !== null && (day.error !== null || day.state !== 'failed');
  if (isComplete || !(day.state === 'done' || isFailed(day.state))) return day;
  try {
    return { ...day, counts: dayCounts((await handle.result()) as DayProgress) };
  } catch (error) {
    return afterFailure(day, error);
  }
}

async function queriedCounts(client: Client, handle: WorkflowHandle, { counts }: DayView): Promise<DayCounts | null> {
  try {
    const query = (): Promise<DayStatus> => handle.query(dayStatusQuery);
    return dayCounts(await client.connection.withDeadline(Date.now() + QUERY_TIMEOUT_MS, query));
  } catch {
    // The day or its worker has just ended.
    return counts;
  }
}

function afterFailure(day: DayView, failure: unknown): DayView {
  const cause = failure instanceof WorkflowFailedError ? failure.cause : failure;
  const [progress] = cause instanceof ApplicationFailure ? ((cause.details ?? []) as Partial<DayProgress>[]) : [];
  const { planned, totals } = progress ?? {};
  const counts = day.counts ?? (planned && totals ? dayCounts({ planned, totals }) : null);
  // A cancelled or terminated day needs no explanation.
  return { ...day, counts, error: day.error ?? (day.state === 'failed' ? reasonOf(cause) : null) };
}
