/** A backfill as the CLI shows it; also the JSON of `backfill status`. Pure. */
import type { WorkflowExecutionInfo, WorkflowExecutionStatusName } from '@temporalio/client';
import type { ControlState } from '../../protocol/control.js';
import type {
  BackfillStatus,
  IgnoredFiles,
  KnownFiles,
  PausedMemo,
  UnknownFolders,
  UnreadFiles,
} from '../../protocol/messages.js';
import type { Retry } from './retries.js';

/** State of a workflow run, as the CLI names it. */
export type BackfillState = 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed out';

/** One backfill of `backfill list`; also its JSON. */
export interface ListedBackfill {
  id: string;
  runId: string;
  state: BackfillState;
  /** True only for a running backfill that starts nothing until it is resumed. */
  paused: boolean;
  pausedReason: string | null;
  from: string | null;
  to: string | null;
  /** ISO 8601, UTC. */
  startedAt: string;
  closedAt: string | null;
  ui: string | null;
}

/** Also the JSON that `backfill status --json` prints. */
export interface BackfillView extends ListedBackfill {
  /** `null` if unknown, because no worker is running. */
  days: BackfillStatus['days'] | null;
  /** How much is processed at once; `null` also for a backfill that has ended. */
  window: Pick<ControlState, 'daysInFlight' | 'batchesInFlight'> | null;
  planned: BackfillStatus['planned'] | null;
  /** From 0 to 1; absent if it is unknown, or if an older version runs it. */
  share?: number;
  /** False until the places of the bucket are listed. */
  discovered?: boolean;
  /** What earlier runs have ingested; absent if there is nothing, or if it is unknown. */
  known?: KnownFiles;
  totals: BackfillStatus['totals'] | null;
  failures: BackfillStatus['failures'];
  /** `null`: not known. */
  unknown: UnknownFolders | null;
  /** CloudTrail files that it does not read; `null`: none, or not known. */
  unread: UnreadFiles | null;
  /** For each table with a damaged data file: what is damaged, and the cure. */
  damaged: string[];
  /** Files of its days that it ignores. */
  ignored: IgnoredFiles[];
  /** Regions that are read but are not in the list of the version that checked; absent if there are none. */
  unlistedRegions?: string[];
  /** Why it failed, unless the failures of its days say so. */
  error: string | null;
  /** What failed and is being retried, which is why it makes no progress. */
  retries: Retry[];
  /** True if a worker polls its task queue. `null` if that was not checked: a worker has responded, or the backfill has ended. */
  worker: boolean | null;
  taskQueue: string;
}

/** Translates the status of a workflow execution. */
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

/** Whether a backfill is paused and why, from its memo, which is available without a worker and in lists. */
export function pauseOf(
  state: BackfillState,
  memo: Record<string, unknown> | undefined,
): Pick<ListedBackfill, 'paused' | 'pausedReason'> {
  const { paused } = (memo ?? {}) as PausedMemo;
  return state === 'running' && paused
    ? { paused: true, pausedReason: paused.reason }
    : { paused: false, pausedReason: null };
}

/** First and last day, from the memo or, for a backfill that another program started, from the id. */
function rangeOf(id: string, memo: Record<string, unknown> | undefined): Pick<ListedBackfill, 'from' | 'to'> {
  const match = /(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})/.exec(id);
  return {
    from: typeof memo?.from === 'string' ? memo.from : (match?.[1] ?? null),
    to: typeof memo?.to === 'string' ? memo.to : (match?.[2] ?? null),
  };
}

/** What a visibility list has of any run. */
export type ListedRun = Omit<ListedBackfill, 'paused' | 'pausedReason'>;

/** A run as lists show it. `ui`: the URL of its page, if known. */
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
