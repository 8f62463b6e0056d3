/** Which schedules the words of a command line mean. */
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
 * The schedules of `source` by the words, or by `otherwise` where there are none; a whole id may be of another source. With
 * `otherwise`, only those count that exist, but one does. Throws {@link UserMistake} for what does not.
 */
export async function schedulesNamed(
  client: Client,
  words: readonly string[],
  source: string,
  otherwise: readonly ScheduleName[],
): Promise<NamedSchedule[]> {
  const ids =
    words.length > 0 ? words.map((word) => idOf(word, source)) : otherwise.map((it) => scheduleId(source, it));
  const found: NamedSchedule[] = [];
  for (const id of new Set(ids)) {
    const handle = client.schedule.getHandle(id);
    const description = await describeSchedule(handle);
    if (description !== undefined) found.push({ handle, description });
    else if (words.length > 0) throw noSchedule(`There is no schedule ${id}.`);
  }
  if (found.length === 0) throw noSchedule(`There are no schedules of ${source}.`);
  return found;
}

function noSchedule(message: string): UserMistake {
  return new UserMistake(
    message,
    '`trailmill schedule list` has those that there are; `trailmill schedule apply` makes them.',
  );
}

function idOf(word: string, source: string): string {
  if (scheduleOf(word) !== undefined) return word;
  const name = SCHEDULE_NAMES.find((known) => known === word);
  if (name !== undefined) return scheduleId(source, name);
  const meant = nearest(word, SCHEDULE_NAMES);
  throw new UserMistake(
    `"${word}" names no schedule.`,
    `${meant === undefined ? '' : `Did you mean ${meant}? `}Allowed: ${SCHEDULE_NAMES.join(', ')}, or an id such as ${scheduleId(source, 'recent')}.`,
  );
}
