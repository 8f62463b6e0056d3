/** `trailmill schedule pause`, `resume` and `delete`: change one or more schedules. */
import type { ScheduleHandle } from '@temporalio/client';
import { SCHEDULE_NAMES } from '../../protocol/ids.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { scheduleUrl, withSession } from '../session/session.js';
import { settingsFor } from '../session/settings.js';
import { EXIT } from '../terminal/failure.js';
import { schedulesNamed } from './named.js';

interface PauseOptions extends GlobalOptions {
  reason?: string;
}

/** Pauses schedules: nothing is started until they are resumed; a run in progress continues. */
export function pauseSchedules(context: CommandContext<PauseOptions>): Promise<number> {
  const { reason } = context.options;
  return changeSchedules(context, 'paused', async (handle) => {
    await handle.pause(reason ?? 'Paused by trailmill schedule pause');
  });
}

/** Resumes schedules; the next run covers what was due in the meantime. */
export function resumeSchedules(context: CommandContext): Promise<number> {
  return changeSchedules(context, 'resumed', async (handle) => {
    await handle.unpause('Resumed by trailmill schedule resume');
  });
}

/** Deletes schedules; a run in progress continues, and the tables stay. */
export function deleteSchedules(context: CommandContext): Promise<number> {
  return changeSchedules(context, 'deleted', (handle) => handle.delete());
}

/** Changes the schedules named on the command line, by default all of the source. `done`: what is printed. */
async function changeSchedules(
  context: CommandContext<GlobalOptions>,
  done: 'paused' | 'resumed' | 'deleted',
  change: (handle: ScheduleHandle) => Promise<void>,
): Promise<number> {
  const { output, args } = context;
  const settings = settingsFor(context);
  return withSession(settings, async ({ client, cluster }) => {
    const changed = [];
    for (const { handle } of await schedulesNamed(client, args, settings.name, SCHEDULE_NAMES)) {
      await change(handle);
      changed.push({ id: handle.scheduleId, done, ui: scheduleUrl(cluster, handle.scheduleId) });
      output.say(`${handle.scheduleId}: ${done}.`);
    }
    output.value({ schedules: changed });
    return EXIT.ok;
  });
}
