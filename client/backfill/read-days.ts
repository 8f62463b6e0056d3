/** The days of a backfill, from the server: one list of its children, and a word from those that the list says little of. */
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
import { type ClusterSession, workflowUrl } from '../session/session.js';
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

/** Calls at once. */
const AT_ONCE = 8;
/** The server's own limit. */
const PAGE = 1_000;
/** Milliseconds; a worker answers a query within a second. */
const QUERY_MS = 4_000;

/** The days that are to be shown, with all that can be known of them; `listed` is to be older than the view. */
export async function readDays(
  session: ClusterSession,
  listed: ReadonlyMap<string, ListedDay>,
  view: BackfillView,
  choice: DayChoice | undefined,
): Promise<ShownDays> {
  const { days, leftOut } = chooseDays(mergeDays(view, listed), choice);
  // Nobody who could answer a query: each would wait for nothing.
  const answers = view.state === 'running' && view.days !== null;
  const complete = await mapConcurrent(days, AT_ONCE, (day) => completed(session, day, answers));
  return { days: complete, leftOut };
}

/** The newest run of each day that this backfill has begun, by its day. */
export async function listDays(
  { client, cluster }: ClusterSession,
  description: WorkflowExecutionDescription,
): Promise<Map<string, ListedDay>> {
  const { workflowId: id } = description;
  const since = (await firstRunOf(client, description)).startTime.toISOString();
  // The ids of the runs change when a backfill continues as new, its own does not; an earlier backfill may have had it too.
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

/** A day that continues as new is several runs: it has lasted since the first one. */
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
    // Older than the namespace's retention, and so are the days that it began.
    return description;
  }
}

/** A day as the server lists it: how many of its files are done, its memo says. */
export function listedDay(info: WorkflowExecutionInfo, day: string, ui: string | null): ListedDay {
  const state = stateOf(info.status.name);
  return {
    day,
    state: state === 'completed' ? 'done' : state,
    id: info.workflowId,
    runId: info.runId,
    startedAt: info.startTime.toISOString(),
    // One that continued as new goes on in its next run.
    closedAt: state === 'running' ? null : (info.closeTime?.toISOString() ?? null),
    counts: (info.memo as Partial<DayMemo> | undefined)?.counts ?? null,
    ui,
  };
}

/** With what only the day itself can tell: how far it is, how it ended, and why. */
export async function completed({ client }: ClusterSession, day: DayView, answers: boolean): Promise<DayView> {
  if (day.id === null || day.runId === null) return day;
  const handle = client.workflow.getHandle(day.id, day.runId, { followRuns: false });
  if (day.state === 'running') return answers ? { ...day, counts: await askedCounts(client, handle, day) } : day;
  const isTold = day.counts !== null && (day.error !== null || day.state !== 'failed');
  if (isTold || !(day.state === 'done' || isFailed(day.state))) return day;
  try {
    return { ...day, counts: dayCounts((await handle.result()) as DayProgress) };
  } catch (error) {
    return afterFailure(day, error);
  }
}

async function askedCounts(client: Client, handle: WorkflowHandle, { counts }: DayView): Promise<DayCounts | null> {
  try {
    const query = (): Promise<DayStatus> => handle.query(dayStatusQuery);
    return dayCounts(await client.connection.withDeadline(Date.now() + QUERY_MS, query));
  } catch {
    // It has ended just now, or its worker has.
    return counts;
  }
}

function afterFailure(day: DayView, failure: unknown): DayView {
  const cause = failure instanceof WorkflowFailedError ? failure.cause : failure;
  const [progress] = cause instanceof ApplicationFailure ? ((cause.details ?? []) as Partial<DayProgress>[]) : [];
  const { planned, totals } = progress ?? {};
  const counts = day.counts ?? (planned && totals ? dayCounts({ planned, totals }) : null);
  // Of one that was cancelled or terminated there is nothing to explain.
  return { ...day, counts, error: day.error ?? (day.state === 'failed' ? reasonOf(cause) : null) };
}
