/** Finds the schedules that are named on the command line. */
import type { Client, ScheduleDescription, ScheduleHandle } from '@temporalio/client';
import { UserMistake } from '../../errors/index.js';
import { SCHEDULE_NAMES, type ScheduleName, scheduleId, scheduleOf } from '../../protocol/ids.js';
import { nearest } from '../../text/nearest.js';
import { describeSchedule } from './view.js';

interface NamedSchedule {
  handle: ScheduleHandle;
  description: ScheduleDescription;
}

/**
 * The schedules of `source` that `args` name; without args, those of `defaults` that exist. A full id may be of another source.
 * Throws {@link UserMistake} for a named schedule that does not exist, or if no default exists.
 */
export async function schedulesNamed(
  client: Client,
  args: readonly string[],
  source: string,
  defaults: readonly ScheduleName[],
): Promise<NamedSchedule[]> {
  const ids = args.length > 0 ? args.map((arg) => idOf(arg, source)) : defaults.map((name) => scheduleId(source, name));
  const found: NamedSchedule[] = [];
  for (const id of new Set(ids)) {
    const handle = client.schedule.getHandle(id);
    const description = await describeSchedule(handle);
    if (description !== undefined) found.push({ handle, description });
    else if (args.length > 0) throw noSchedule(`There is no schedule ${id}.`);
  }
  if (found.length === 0) throw noSchedule(`There are no schedules of ${source}.`);
  return found;
}

function noSchedule(message: string): UserMistake {
  return new UserMistake(
    message,
    '`trailmill schedule list` shows the existing ones; `trailmill schedule apply` creates them.',
  );
}

function idOf(arg: string, source: string): string {
  if (scheduleOf(arg) !== undefined) return arg;
  const name = SCHEDULE_NAMES.find((known) => known === arg);
  if (name !== undefined) return scheduleId(source, name);
  const meant = nearest(arg, SCHEDULE_NAMES);
  throw new UserMistake(
    `"${arg}" is not the name of a schedule.`,
    `${meant === undefined ? '' : `Did you mean ${meant}? `}Use ${SCHEDULE_NAMES.join(', ')}, or an id such as ${scheduleId(source, 'recent')}.`,
  );
}
