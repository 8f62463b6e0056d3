/** `trailmill schedule describe`: when it runs next, and how its last runs went. */
import { SCHEDULE_NAMES } from '../../protocol/ids.js';
import type { Context, GlobalOptions } from '../session/context.js';
import { scheduleUrl, settingsFor, withSession, workflowUrl } from '../session/session.js';
import { EXIT } from '../terminal/failure.js';
import { targetOf, wantedFingerprints } from './definition.js';
import { schedulesNamed } from './named.js';
import { renderSchedule } from './render.js';
import { runsOf, scheduleView } from './view.js';

export interface DescribeOptions extends GlobalOptions {
  runs: number;
}

export async function run(context: Context<DescribeOptions>): Promise<number> {
  const { io, output, options, words } = context;
  const settings = settingsFor(context);
  return withSession(settings, async ({ client, cluster }) => {
    const wanted = wantedFingerprints(settings, await targetOf(cluster));
    const named = await schedulesNamed(client, words, settings.name, SCHEDULE_NAMES);
    const described = [];
    for (const { description } of named) {
      const id = description.scheduleId;
      const runs = await runsOf(client, id, options.runs, (workflowId) => workflowUrl(cluster, workflowId));
      described.push({ ...scheduleView(description, wanted.get(id), scheduleUrl(cluster, id)), runs });
    }
    output.value(described);
    output.say(described.map((one) => renderSchedule(one, io.now())).join('\n\n'));
    return EXIT.ok;
  });
}
