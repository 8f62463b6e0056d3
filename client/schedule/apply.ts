/** Makes the server's schedules what the files say. */
import { type Client, ScheduleAlreadyRunning, type ScheduleOptions } from '@temporalio/client';
import { UserMistake } from '../../errors/index.js';
import { SCHEDULE_NAMES, scheduleId } from '../../protocol/ids.js';
import type { ScheduleDefinition, ScheduleMemo } from './definition.js';
import { describeSchedule } from './view.js';

/** What was done to a schedule. */
export type Applied = 'created' | 'updated' | 'unchanged' | 'deleted';

/**
 * Creates what is not there, updates what is otherwise, and deletes what the files do not ask for any more. A schedule that
 * is paused stays paused. Each step may be done again.
 */
export async function applySchedules(
  client: Client,
  source: string,
  definitions: readonly ScheduleDefinition[],
): Promise<{ id: string; done: Applied }[]> {
  const applied: { id: string; done: Applied }[] = [];
  for (const name of SCHEDULE_NAMES) {
    const id = scheduleId(source, name);
    const done = await applyOne(
      client,
      id,
      definitions.find((definition) => definition.name === name),
    );
    if (done !== undefined) applied.push({ id, done });
  }
  return applied;
}

async function applyOne(
  client: Client,
  id: string,
  definition: ScheduleDefinition | undefined,
): Promise<Applied | undefined> {
  const handle = client.schedule.getHandle(id);
  const present = await describeSchedule(handle);
  if (definition === undefined) {
    if (present === undefined) return undefined;
    await handle.delete();
    return 'deleted';
  }
  const { options, memo } = definition;
  if (present === undefined && (await created(client, options))) return 'created';
  if ((present?.action.memo?.schedule as ScheduleMemo | undefined)?.fingerprint === memo.fingerprint)
    return 'unchanged';
  const { spec, action, policies } = options;
  await handle.update(({ state }) => ({ spec, action, policies, state }));
  return 'updated';
}

/** False where somebody else was faster. */
async function created(client: Client, options: ScheduleOptions): Promise<boolean> {
  try {
    await client.schedule.create(options);
    return true;
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return false;
    throw error;
  }
}

/** For `create`, which changes nothing that is there. */
export async function assertNone(client: Client, source: string): Promise<void> {
  for (const name of SCHEDULE_NAMES) {
    const id = scheduleId(source, name);
    if ((await describeSchedule(client.schedule.getHandle(id))) === undefined) continue;
    throw new UserMistake(
      `The schedule ${id} is there already.`,
      '`trailmill schedule apply` makes it what the files say.',
    );
  }
}
