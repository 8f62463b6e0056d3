/** Builds the definitions of schedules on the server from the settings. */
import { createHash } from 'node:crypto';
import type { ScheduleDescription, ScheduleOptions, ScheduleOptionsAction, ScheduleSpec } from '@temporalio/client';
import type { Cluster } from '../../cluster/cluster.js';
import type { Rhythm } from '../../config/rhythm.js';
import type { ScheduleSettings, SchedulesSettings, Settings, SourceSettings } from '../../config/settings.js';
import { DAY_MS } from '../../protocol/days.js';
import {
  SCHEDULE_NAMES,
  SCHEDULED_INGEST_TYPE,
  type ScheduleName,
  scheduledIngestId,
  scheduleId,
} from '../../protocol/ids.js';
import type { Visibility } from '../../protocol/messages.js';
import { priorityOf } from '../../protocol/priority.js';
import { attributesOf } from '../../protocol/search-attributes.js';
import type { RunConfig } from '../../run/config.js';
import { withoutOptions } from '../../storage/address.js';
import type { ScheduledIngestInput } from '../../workflows/scheduled-ingest.js';
import { aboutScheduled } from '../../workflows/ui/about.js';
import { type FreezableRun, freezableRun } from '../run/freeze-run.js';
import { visibilityOf } from '../setup/search-attributes.js';

/** Maximum size of a summary on the server, in bytes. */
const SUMMARY_BYTES = 200;

/** In the memo of each run and of the schedule's action, because a schedule's own memo cannot be changed. */
export interface ScheduleMemo {
  rhythm: Rhythm;
  timeZone: string;
  jitterSeconds: number;
  lookBackDays: number;
  /** A checksum of the whole definition, to detect that the files have changed. */
  fingerprint: string;
}

/** The desired state of a schedule on the server. */
export interface ScheduleDefinition {
  name: ScheduleName;
  memo: ScheduleMemo;
  options: ScheduleOptions;
  /** The configuration that its runs will read. */
  config: RunConfig;
}

/** The part of a definition that comes from the cluster. */
interface ScheduleTarget {
  taskQueue: string;
  visibility: Visibility;
}

/** Reads the part of the definitions that comes from the cluster. */
export async function targetOf(
  cluster: Pick<Cluster, 'connection' | 'namespace' | 'taskQueue'>,
): Promise<ScheduleTarget> {
  return { taskQueue: cluster.taskQueue, visibility: await visibilityOf(cluster) };
}

/** The schedules in the settings. */
export function wantedSchedules(schedules: SchedulesSettings): [ScheduleName, ScheduleSettings][] {
  return SCHEDULE_NAMES.flatMap((name) => {
    const schedule = schedules[name];
    return schedule === undefined ? [] : [[name, schedule] as [ScheduleName, ScheduleSettings]];
  });
}

/** The definitions of the schedules in the settings. Writes nothing, not even the configuration that the runs will read. */
export function scheduleDefinitions(
  settings: Settings,
  source: SourceSettings,
  { taskQueue, visibility }: ScheduleTarget,
): ScheduleDefinition[] {
  const run = freezableRun(settings, source);
  return wantedSchedules(settings.schedules).map(([name, schedule]) =>
    definitionOf(name, schedule, settings.schedules, run, source, { taskQueue, visibility }),
  );
}

/** The fingerprints of the definitions by schedule id; empty without a source. */
export function wantedFingerprints(settings: Settings, target: ScheduleTarget): Map<string, string> {
  const { source } = settings;
  const definitions = source === undefined ? [] : scheduleDefinitions(settings, source, target);
  return new Map(definitions.map(({ options, memo }) => [options.scheduleId, memo.fingerprint]));
}

function definitionOf(
  name: ScheduleName,
  { rhythm, lookBackDays }: ScheduleSettings,
  { timeZone, jitterSeconds, catchUpDays }: SchedulesSettings,
  run: FreezableRun,
  { name: source, location, integrity, upkeep, tables }: SourceSettings,
  { taskQueue, visibility }: ScheduleTarget,
): ScheduleDefinition {
  const id = scheduleId(source, name);
  // With `required`, files are proven before they are ingested; the digests need not be in a table.
  const isVerified = integrity.mode !== 'record' && tables.some(({ key }) => key === 'digest');
  const verify = isVerified ? { verify: true } : {};
  // One of the schedules is enough.
  const keepUp = upkeep.scheduled && name === 'recent' ? { upkeep: true } : {};
  const work = { ...run.input, filter: {}, lookBackDays, ...verify, ...keepUp };
  const input: ScheduledIngestInput = { ...work, visibility };
  const { version, searchable } = visibility;
  const about = { rhythm, timeZone, jitterSeconds, lookBackDays };
  // Without the version: a newer version with the same definition need not be applied again.
  const memo = { ...about, fingerprint: fingerprintOf({ ...about, catchUpDays, taskQueue, work, searchable }) };
  const summary = `CloudTrail files of the last ${lookBackDays + 1} days, from ${withoutOptions(location)}`;
  // The server accepts a priority, and the SDK sends it, but it is missing in the type of the action.
  const action: ScheduleOptionsAction & { priority: ReturnType<typeof priorityOf> } = {
    type: 'startWorkflow',
    workflowType: SCHEDULED_INGEST_TYPE,
    workflowId: scheduledIngestId(source, name),
    taskQueue,
    args: [input],
    memo: { ...run.memo, version, schedule: memo },
    ...(searchable ? { typedSearchAttributes: attributesOf(input) } : {}),
    staticSummary: Buffer.byteLength(summary) <= SUMMARY_BYTES ? summary : `CloudTrail files of ${source}`,
    staticDetails: aboutScheduled(lookBackDays, withoutOptions(location), withoutOptions(run.memo.warehouse)),
    priority: priorityOf('daily', id),
  };
  const options: ScheduleOptions = {
    scheduleId: id,
    spec: { ...specOf(rhythm), timezone: timeZone, jitter: jitterSeconds * 1000 },
    action,
    // SKIP, the default, would drop runs. A failed run must not stop the next ones.
    policies: { overlap: 'BUFFER_ALL', catchupWindow: catchUpDays * DAY_MS, pauseOnFailure: false },
  };
  return { name, memo, options, config: run.config };
}

/** Includes the configuration by its address, which contains the checksum of its content. */
function fingerprintOf(parts: object): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** The schedule spec of a rhythm. */
export function specOf(rhythm: Rhythm): ScheduleSpec {
  switch (rhythm.every) {
    case 'minutes':
      return { intervals: [{ every: rhythm.minutes * 60_000 }] };
    case 'hour':
      return { calendars: [{ hour: '*', minute: rhythm.minute }] };
    case 'day':
      return { calendars: [{ hour: rhythm.hour, minute: rhythm.minute }] };
    default: {
      const dayOfWeek = rhythm.weekday.toUpperCase() as Uppercase<typeof rhythm.weekday>;
      return { calendars: [{ dayOfWeek, hour: rhythm.hour, minute: rhythm.minute }] };
    }
  }
}

/** What `apply` does to a schedule; `undefined`: it is neither in the files nor on the server. */
export type ScheduleStep = 'create' | 'update' | 'delete' | 'keep';

/** Compares a schedule on the server with its definition in the files. */
export function stepOf(
  present: ScheduleDescription | undefined,
  wanted: ScheduleDefinition | undefined,
): ScheduleStep | undefined {
  if (wanted === undefined) return present === undefined ? undefined : 'delete';
  if (present === undefined) return 'create';
  const memo = present.action.memo?.schedule as ScheduleMemo | undefined;
  return memo?.fingerprint === wanted.memo.fingerprint ? 'keep' : 'update';
}
