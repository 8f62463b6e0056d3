/** What `schedule apply` would change: the schedules on the server compared with those of the files. */
import { isDeepStrictEqual } from 'node:util';
import type { Client, ScheduleDescription } from '@temporalio/client';
import { TABLE_KEYS } from '../../cloudtrail/table-config.js';
import { rhythmText } from '../../config/rhythm.js';
import { SCHEDULE_NAMES, scheduleId } from '../../protocol/ids.js';
import type { RunConfigRef } from '../../protocol/messages.js';
import { type RunConfig, splitRef } from '../../run/config.js';
import { RUN_CONFIG } from '../../run/config-schema.js';
import { readWork } from '../../run/versioned.js';
import { openStore } from '../../storage/open.js';
import { counted, duration } from '../../text/numbers.js';
import type { ScheduledIngestInput } from '../../workflows/scheduled-ingest.js';
import { type ScheduleDefinition, type ScheduleMemo, type ScheduleStep, stepOf } from './definition.js';
import { describeSchedule } from './view.js';

/** A setting of a schedule that differs. */
export interface ChangedSetting {
  what: string;
  /** As it is on the server, and as it would be; `null` where the value is too large to show. */
  from: string | null;
  to: string | null;
}

/** What would happen to a schedule. */
export interface PlannedChange {
  id: string;
  would: ScheduleStep;
  changes: ChangedSetting[];
}

/** Compares all schedules of a source. Changes nothing. */
export async function plannedChanges(
  client: Client,
  source: string,
  definitions: readonly ScheduleDefinition[],
): Promise<PlannedChange[]> {
  const planned: PlannedChange[] = [];
  for (const name of SCHEDULE_NAMES) {
    const id = scheduleId(source, name);
    const present = await describeSchedule(client.schedule.getHandle(id));
    const wanted = definitions.find((one) => one.name === name);
    const one = await plannedChange(id, wanted, present);
    if (one !== undefined) planned.push(one);
  }
  return planned;
}

async function plannedChange(
  id: string,
  wanted: ScheduleDefinition | undefined,
  present: ScheduleDescription | undefined,
): Promise<PlannedChange | undefined> {
  const would = stepOf(present, wanted);
  if (would === undefined) return undefined;
  const isUpdate = would === 'update' && present !== undefined && wanted !== undefined;
  return { id, would, changes: isUpdate ? await changesOf(present, wanted) : [] };
}

async function changesOf(
  { action, policies }: ScheduleDescription,
  { memo: wanted, options, config }: ScheduleDefinition,
): Promise<ChangedSetting[]> {
  const memo = action.memo?.schedule as ScheduleMemo | undefined;
  const changes: ChangedSetting[] = [];
  const compare = (what: string, from: string | null, to: string | null): void => {
    if (from !== to) changes.push({ what, from, to });
  };
  compare('when', memo === undefined ? null : whenText(memo), whenText(wanted));
  compare('covers', memo === undefined ? null : coversText(memo), coversText(wanted));
  compare('jitter', memo === undefined ? null : duration(memo.jitterSeconds), duration(wanted.jitterSeconds));
  const catchUp = options.policies?.catchupWindow;
  if (typeof catchUp === 'number') compare('catch-up', daysText(policies.catchupWindow), daysText(catchUp));
  const target = options.action;
  compare('task queue', action.taskQueue, target.taskQueue);
  const [before, after] = [action.args?.[0], target.args?.[0]] as [ScheduledIngestInput?, ScheduledIngestInput?];
  if (before === undefined || after === undefined) return changes;
  compare('verification', onOff(before.verify), onOff(after.verify));
  compare('upkeep', onOff(before.upkeep), onOff(after.upkeep));
  const workOf = ({ daysInFlight, batchesInFlight, groupBatches, retry }: ScheduledIngestInput): object => ({
    daysInFlight,
    batchesInFlight,
    groupBatches,
    retry,
  });
  if (!isDeepStrictEqual(workOf(before), workOf(after))) changes.push(changed('ingest or retry of temporal.yaml'));
  if (before.config !== after.config) changes.push(...(await configChanges(before.config, config)).map(changed));
  return changes;
}

const changed = (what: string): ChangedSetting => ({ what, from: null, to: null });

/** How the files name the members of a run configuration. */
const NAMES: Readonly<Record<Exclude<keyof RunConfig, 'source' | 'tables'>, string>> = {
  location: 'ingest.location',
  keyPrefix: 'ingest.key_prefix',
  keyPattern: 'ingest.key_pattern',
  catalog: 'catalog',
  ingest: 'ingest of temporal.yaml',
  enrich: 'enrich',
  deduplicate: 'deduplicate',
  integrity: 'integrity',
  upkeep: 'upkeep',
};

/** Which parts of the run configuration differ. One that cannot be read from here only differs as a whole. */
async function configChanges(ref: RunConfigRef, wanted: RunConfig): Promise<string[]> {
  const place = splitRef(ref);
  const stored = place && (await readWork(openStore(place.warehouse), place.key, RUN_CONFIG).catch(() => undefined));
  if (stored === undefined) return ['the configuration of its runs'];
  // As it would be stored: absent members and undefined ones are the same.
  const [before, after] = [stored, wanted].map(
    (one) => JSON.parse(JSON.stringify(RUN_CONFIG.toJson(one))) as RunConfig,
  );
  const differ = (one: unknown, other: unknown): boolean => JSON.stringify(one) !== JSON.stringify(other);
  const names = (Object.keys(NAMES) as (keyof typeof NAMES)[])
    .filter((name) => differ(before[name], after[name]))
    .map((name) => NAMES[name]);
  const tables = TABLE_KEYS.filter((key) =>
    differ(
      before.tables.find((table) => table.key === key),
      after.tables.find((table) => table.key === key),
    ),
  );
  return [...names, ...tables.map((key) => `columns or transform of table ${key}`)];
}

const whenText = ({ rhythm, timeZone }: ScheduleMemo): string => rhythmText(rhythm, timeZone);
const coversText = ({ lookBackDays }: ScheduleMemo): string => `${counted(lookBackDays, 'day')} before its own`;
const daysText = (ms: number): string => duration(ms / 1000);
const onOff = (on: unknown): string => (on === true ? 'on' : 'off');
