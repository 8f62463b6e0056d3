/** Makes the server's schedules match the files. */
import { type Client, ScheduleAlreadyRunning, type ScheduleOptions } from '@temporalio/client';
import { UserMistake } from '../../errors/index.js';
import { SCHEDULE_NAMES, scheduleId } from '../../protocol/ids.js';
import { type ScheduleDefinition, stepOf } from './definition.js';
import { describeSchedule } from './view.js';

/** What was done to a schedule. */
export type Applied = 'created' | 'updated' | 'unchanged' | 'deleted';

/**
 * Creates missing schedules, updates those that differ, and deletes those that are no longer in the files. A paused schedule
 * stays paused. Each step is idempotent.
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
  const step = stepOf(present, definition);
  if (definition === undefined) {
    if (step === undefined) return undefined;
    await handle.delete();
    return 'deleted';
  }
  const { options } = definition;
  if (step === 'keep') return 'unchanged';
  if (step === 'create' && (await created(client, options))) return 'created';
  const { spec, action, policies } = options;
  await handle.update(({ state }) => ({ spec, action, policies, state }));
  return 'updated';
}

/** False if someone else has just created it. */
async function created(client: Client, options: ScheduleOptions): Promise<boolean> {
  try {
    await client.schedule.create(options);
    return true;
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return false;
    throw error;
  }
}

/** Throws a {@link UserMistake} if a schedule of the source exists: `create` does not change existing ones. */
export async function assertNone(client: Client, source: string): Promise<void> {
  for (const name of SCHEDULE_NAMES) {
    const id = scheduleId(source, name);
    if ((await describeSchedule(client.schedule.getHandle(id))) === undefined) continue;
    throw new UserMistake(
      `The schedule ${id} already exists.`,
      '`trailmill schedule apply` updates it to match the files.',
    );
  }
}
