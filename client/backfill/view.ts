/** A backfill as the CLI shows it; also the JSON of `backfill status`. Pure. */
import type { WorkflowExecutionInfo, WorkflowExecutionStatusName } from '@temporalio/client';
import type { ControlState } from '../../protocol/control.js';
import type { BackfillStatus, IgnoredFiles, PausedMemo, UnknownFolders, UnreadFiles } from '../../protocol/messages.js';
import type { Retry } from './retries.js';

/** State of a workflow run, in the words of the CLI. */
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
  window: Pick<ControlState, 'daysInFlight' | 'batchesInFlight'> | null;
  planned: BackfillStatus['planned'] | null;
  totals: BackfillStatus['totals'] | null;
  failures: BackfillStatus['failures'];
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
function rangeOf(id: string, memo: Record<string, unknown> | undefined): { from: string | null; to: string | null } {
  const match = /(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})/.exec(id);
  return {
    from: typeof memo?.from === 'string' ? memo.from : (match?.[1] ?? null),
    to: typeof memo?.to === 'string' ? memo.to : (match?.[2] ?? null),
  };
}

/** What lists say of a run, without anybody being asked. */
export type ListedRun = Pick<BackfillView, 'id' | 'runId' | 'state' | 'from' | 'to' | 'startedAt' | 'closedAt' | 'ui'>;

/** A run as lists show it. `ui`: the address of its page, where that is known. */
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
