/** A schedule as the CLI shows it. */
import type { Client, ScheduleDescription, ScheduleHandle } from '@temporalio/client';
import type { Rhythm } from '../../config/rhythm.js';
import { UserMistake } from '../../errors/index.js';
import { type ScheduleName, scheduleOf } from '../../protocol/ids.js';
import { type ListedRun, listedRun } from '../backfill/view.js';
import type { ScheduleMemo } from './definition.js';

/** Also the JSON that `schedule list` and `schedule describe` print. Times are ISO 8601, UTC. */
export interface ScheduleView {
  id: string;
  source: string;
  name: ScheduleName;
  rhythm: Rhythm | null;
  timeZone: string;
  jitterSeconds: number;
  lookBackDays: number | null;
  paused: boolean;
  /** The reason that was given when it was paused. */
  note: string | null;
  /** True if it matches the current files; `null`: they have no such schedule. */
  upToDate: boolean | null;
  /** Up to ten times, with jitter; none while it is paused. */
  next: string[];
  /** Ids of the runs in progress. */
  running: string[];
  counts: {
    started: number;
    /** Due during an outage that lasted longer than the catch-up window. */
    missed: number;
    /** Due while a thousand other runs were waiting. The next run makes up for them. */
    dropped: number;
  };
  ui: string | null;
}

/** `TemporalScheduledById` is the server's own search attribute. */
const RUNS_OF = 'TemporalScheduledById';

/** The ids of all of Trailmill's schedules in the namespace, sorted. */
export async function scheduleIds(client: Client): Promise<string[]> {
  const ids: string[] = [];
  for await (const { scheduleId } of client.schedule.list())
    if (scheduleOf(scheduleId) !== undefined) ids.push(scheduleId);
  return ids.sort();
}

/** The description of a schedule; `undefined` if it does not exist. */
export async function describeSchedule(handle: ScheduleHandle): Promise<ScheduleDescription | undefined> {
  try {
    return await handle.describe();
  } catch (error) {
    if (error instanceof Error && error.name === 'ScheduleNotFoundError') return undefined;
    throw error;
  }
}

/** A schedule for display. `wanted`: the fingerprint of its definition in the files. */
export function scheduleView(
  { scheduleId, spec, action, state, info, raw }: ScheduleDescription,
  wanted: string | undefined,
  ui: string | null,
): ScheduleView {
  const parts = scheduleOf(scheduleId);
  if (parts === undefined) throw new UserMistake(`${scheduleId} is not a schedule of Trailmill.`);
  const memo = action.memo?.schedule as ScheduleMemo | undefined;
  return {
    id: scheduleId,
    ...parts,
    rhythm: memo?.rhythm ?? null,
    timeZone: spec.timezone ?? 'UTC',
    jitterSeconds: (spec.jitter ?? 0) / 1000,
    lookBackDays: memo?.lookBackDays ?? null,
    paused: state.paused,
    note: state.paused ? (state.note ?? null) : null,
    upToDate: wanted === undefined ? null : wanted === memo?.fingerprint,
    // The server lists times for a paused schedule, too, but starts nothing at them.
    next: state.paused ? [] : info.nextActionTimes.map((time) => time.toISOString()),
    running: info.runningActions.map(({ workflow }) => workflow.workflowId),
    counts: {
      started: info.numActionsTaken,
      missed: info.numActionsMissedCatchupWindow,
      dropped: Number(raw.info?.bufferDropped ?? 0),
    },
    ui,
  };
}

/** The runs that a schedule has started, newest first. */
export async function runsOf(
  client: Client,
  scheduleId: string,
  limit: number,
  link: (workflowId: string) => string | null,
): Promise<ListedRun[]> {
  const runs: ListedRun[] = [];
  const query = `${RUNS_OF} = "${scheduleId}"`;
  for await (const info of client.workflow.list({ query })) {
    // Earlier runs of a continue-as-new chain are the same run of the schedule.
    if (info.status.name === 'CONTINUED_AS_NEW') continue;
    runs.push(listedRun(info, link(info.workflowId)));
    if (runs.length === limit) break;
  }
  return runs;
}
