/** `trailmill schedule pause`, `resume` and `delete`: one change of one or more schedules. */
import type { ScheduleHandle } from '@temporalio/client';
import { SCHEDULE_NAMES } from '../../protocol/ids.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { scheduleUrl, settingsFor, withSession } from '../session/session.js';
import { EXIT } from '../terminal/failure.js';
import { schedulesNamed } from './named.js';

interface PauseOptions extends GlobalOptions {
  reason?: string;
}

/** Nothing is started until the schedule is resumed; a run under way goes on. */
export function pauseSchedules(context: CommandContext<PauseOptions>): Promise<number> {
  const { reason } = context.options;
  return changeSchedules(context, 'paused', async (handle) => {
    await handle.pause(reason ?? 'Paused by trailmill schedule pause');
  });
}

/** Starts runs again; what was due meanwhile is within the range of the next run. */
export function resumeSchedules(context: CommandContext): Promise<number> {
  return changeSchedules(context, 'resumed', async (handle) => {
    await handle.unpause('Resumed by trailmill schedule resume');
  });
}

/** Nothing is started any more; a run under way goes on, and the tables stay. */
export function deleteSchedules(context: CommandContext): Promise<number> {
  return changeSchedules(context, 'deleted', (handle) => handle.delete());
}

/** Changes the schedules that the words name, or else all of the source; `done` is the state that is printed. */
async function changeSchedules(
  context: CommandContext<GlobalOptions>,
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
