/** `trailmill schedule list` and `describe`: the state of schedules, and the results of their last runs. */
import { SCHEDULE_NAMES } from '../../protocol/ids.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { scheduleUrl, withSession, workflowUrl } from '../session/session.js';
import { settingsFor } from '../session/settings.js';
import { EXIT } from '../terminal/failure.js';
import { targetOf, wantedFingerprints } from './definition.js';
import { schedulesNamed } from './named.js';
import { renderSchedule, renderSchedules } from './render.js';
import { describeSchedule, runsOf, type ScheduleView, scheduleIds, scheduleView } from './view.js';

/** Prints Trailmill's schedules in the namespace, of all sources. */
export async function listSchedules(context: CommandContext<GlobalOptions>): Promise<number> {
  const { io, output } = context;
  const settings = settingsFor(context);
  return withSession(settings, async ({ client, cluster }) => {
    const wanted = wantedFingerprints(settings, await targetOf(cluster));
    const views: ScheduleView[] = [];
    for (const id of await scheduleIds(client)) {
      // Lists are eventually consistent: the schedule may have been deleted.
      const description = await describeSchedule(client.schedule.getHandle(id));
      if (description !== undefined) views.push(scheduleView(description, wanted.get(id), scheduleUrl(cluster, id)));
    }
    output.value(views);
    output.say(renderSchedules(views, io.now(), output.width));
    return EXIT.ok;
  });
}

interface DescribeOptions extends GlobalOptions {
  runs: number;
}

/** Prints the next runs of each schedule, and the results of the last ones. */
export async function describeSchedules(context: CommandContext<DescribeOptions>): Promise<number> {
  const { io, output, options, args } = context;
  const settings = settingsFor(context);
  return withSession(settings, async ({ client, cluster }) => {
    const wanted = wantedFingerprints(settings, await targetOf(cluster));
    const named = await schedulesNamed(client, args, settings.name, SCHEDULE_NAMES);
    const described = [];
    for (const { description } of named) {
      const id = description.scheduleId;
      const runs = await runsOf(client, id, options.runs, (workflowId) => workflowUrl(cluster, workflowId));
      described.push({ ...scheduleView(description, wanted.get(id), scheduleUrl(cluster, id)), runs });
    }
    output.value(described);
    output.say(described.map((one) => renderSchedule(one, io.now(), output.width)).join('\n\n'));
    return EXIT.ok;
  });
}
