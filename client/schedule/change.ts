/** Commands that do one thing to one or more schedules. */
import type { ScheduleHandle } from '@temporalio/client';
import { SCHEDULE_NAMES } from '../../protocol/ids.js';
import type { Context, GlobalOptions } from '../session/context.js';
import { scheduleUrl, settingsFor, withSession } from '../session/session.js';
import { EXIT } from '../terminal/failure.js';
import { schedulesNamed } from './named.js';

/** To those that the words name, or else to all of the source; `done` says what was done. */
export async function changeSchedules(
  context: Context<GlobalOptions>,
  done: 'paused' | 'resumed' | 'deleted',
  change: (handle: ScheduleHandle) => Promise<void>,
): Promise<number> {
  const { output, words } = context;
  const settings = settingsFor(context);
  return withSession(settings, async ({ client, cluster }) => {
    const changed = [];
    for (const { handle } of await schedulesNamed(client, words, settings.name, SCHEDULE_NAMES)) {
      await change(handle);
      changed.push({ id: handle.scheduleId, done, ui: scheduleUrl(cluster, handle.scheduleId) });
      output.say(`${handle.scheduleId}: ${done}.`);
    }
    output.value({ schedules: changed });
    return EXIT.ok;
  });
}
