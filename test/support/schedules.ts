/** Schedules for a harness: created by the project's own code from files, on any server. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client, ScheduleHandle, WorkflowHandle } from '@temporalio/client';
import { freezeRun } from '../../client/run/freeze-run';
import { type Applied, applySchedules } from '../../client/schedule/apply';
import { type ScheduleDefinition, scheduleDefinitions } from '../../client/schedule/definition';
import { loadSettings } from '../../config/load';
import type { SourceSettings } from '../../config/settings';
import { type ScheduleName, scheduledIngestId, scheduleId } from '../../protocol/ids';
import { withoutOptions } from '../../storage/address';
import type { scheduledIngest } from '../../workflows/scheduled-ingest';
import { until } from './cli';
import { type Harness, VISIBILITY } from './harness';

/** Milliseconds. A server takes a second, or more if it is busy or has just come back. */
const TAKEN_MS = 60_000;

/** Applies the section `schedule` of a temporal.yaml to the bucket and the warehouse of the harness. */
export async function applied(
  harness: Harness,
  section: string,
  change: (definition: ScheduleDefinition) => ScheduleDefinition = (same) => same,
): Promise<{ id: string; done: Applied }[]> {
  const { directory, source: name, bucket, warehouse, client, taskQueue } = harness;
  const folder = join(directory, 'log_sources', name);
  mkdirSync(join(folder, 'tables'), { recursive: true });
  const [location, tables] = [withoutOptions(bucket.uri), withoutOptions(warehouse.uri)];
  const managed = 'managed:\n  type: AWS_CLOUDTRAIL\n';
  writeFileSync(
    join(folder, 'log_source.yml'),
    `name: ${name}\n${managed}ingest:\n  location: ${location}\nwarehouse: ${tables}\n`,
  );
  writeFileSync(join(folder, 'tables', 'default.yml'), 'name: default\n');
  writeFileSync(join(directory, 'temporal.yaml'), `schedule:\n${section}retry:\n  maximum_interval_seconds: 1\n`);
  const settings = loadSettings({ cwd: directory, flags: {}, env: {} });
  const source = settings.source as SourceSettings;
  await freezeRun(settings, source);
  return applySchedules(
    client,
    name,
    scheduleDefinitions(settings, source, { taskQueue, visibility: VISIBILITY }).map(change),
  );
}

export function scheduleOf({ client, source }: Harness, name: ScheduleName = 'recent'): ScheduleHandle {
  return client.schedule.getHandle(scheduleId(source, name));
}

/** The run that a schedule starts for a scheduled time: `2024-03-05T01:00:00Z`. */
export function runAt(
  { client, source }: Harness,
  moment: string,
  name: ScheduleName = 'recent',
): WorkflowHandle<typeof scheduledIngest> {
  return client.workflow.getHandle(`${scheduledIngestId(source, name)}-${moment}`);
}

/** Makes a past scheduled time due now. Resolves when the schedule has taken its action, or has buffered it. */
export async function comesDue(handle: ScheduleHandle, moment: string): Promise<void> {
  const at = Date.parse(moment);
  const taken = async (): Promise<number> => {
    const { info, raw } = await handle.describe();
    return info.numActionsTaken + Number(raw.info?.bufferSize ?? 0);
  };
  const before = await taken();
  // The server excludes the start itself.
  await handle.backfill({ start: new Date(at - 1000), end: new Date(at), overlap: 'BUFFER_ALL' });
  await until(
    async () => (await taken()) > before,
    () => `${handle.scheduleId} does not take ${moment}`,
    TAKEN_MS,
  );
}

/** The scheduled times of all runs of a schedule, milliseconds since the epoch, sorted, and how many have not completed. */
export async function scheduledTimes(client: Client, id: string): Promise<{ times: number[]; unfinished: number }> {
  const times: number[] = [];
  let unfinished = 0;
  for await (const { workflowId, status } of client.workflow.list({ query: `TemporalScheduledById = "${id}"` })) {
    times.push(Date.parse(workflowId.slice(-'2024-03-05T01:00:00Z'.length)));
    if (status.name !== 'COMPLETED') unfinished++;
  }
  return { times: times.sort((a, b) => a - b), unfinished };
}
