/** `trailmill schedule list`: Trailmill's schedules in the namespace, of all sources. */
import type { Context, GlobalOptions } from '../session/context.js';
import { scheduleUrl, settingsFor, withSession } from '../session/session.js';
import { EXIT } from '../terminal/failure.js';
import { targetOf, wantedFingerprints } from './definition.js';
import { renderSchedules } from './render.js';
import { describeSchedule, type ScheduleView, scheduleIds, scheduleView } from './view.js';

export async function run(context: Context<GlobalOptions>): Promise<number> {
  const { io, output } = context;
  const settings = settingsFor(context);
  return withSession(settings, async ({ client, cluster }) => {
    const wanted = wantedFingerprints(settings, await targetOf(cluster));
    const views: ScheduleView[] = [];
    for (const id of await scheduleIds(client)) {
      // Lists are behind: it may have been deleted since.
      const description = await describeSchedule(client.schedule.getHandle(id));
      if (description !== undefined) views.push(scheduleView(description, wanted.get(id), scheduleUrl(cluster, id)));
    }
    output.value(views);
    output.say(renderSchedules(views, io.now()));
    return EXIT.ok;
  });
}
