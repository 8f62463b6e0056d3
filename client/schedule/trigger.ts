/** `trailmill schedule trigger`: a run now; behind the one that is under way, if there is one. */
import type { ScheduleDescription, ScheduleHandle } from '@temporalio/client';
import { renderFollow } from '../backfill/render-list.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { settingsFor, withSession, workflowUrl } from '../session/session.js';
import { EXIT } from '../terminal/failure.js';
import { pause } from '../terminal/io.js';
import { checkBucket } from './check-bucket.js';
import { schedulesNamed } from './named.js';

/** Milliseconds. The server starts it within one, but its answer does not say what it has started. */
const STARTED_WITHIN = 10_000;
const LOOK_EVERY = 200;

/** Starts a run of each schedule now. */
export async function run(context: CommandContext<GlobalOptions>): Promise<number> {
  const { io, output, words } = context;
  const settings = settingsFor(context);
  return withSession(settings, async ({ client, cluster }) => {
    for (const { handle, description } of await schedulesNamed(client, words, settings.name, ['recent'])) {
      await checkBucket(description, output);
      await handle.trigger('BUFFER_ALL');
      const run = await startedAfter(handle, description, io.now);
      output.value({ id: handle.scheduleId, run, ui: run === null ? null : workflowUrl(cluster, run) });
      if (run !== null) output.say(`${handle.scheduleId}: started ${run}.\n${renderFollow(run)}`);
      else output.say(`${handle.scheduleId}: waits for the run that is under way.`);
    }
    return EXIT.ok;
  });
}

/** The id of what was started; `null` where it waits. */
async function startedAfter(
  handle: ScheduleHandle,
  before: ScheduleDescription,
  now: () => number,
): Promise<string | null> {
  const known = new Set(before.info.recentActions.map(({ action }) => action.workflow.workflowId));
  for (const end = now() + STARTED_WITHIN; now() < end; ) {
    const { info, raw } = await handle.describe();
    const started = info.recentActions.find(({ action }) => !known.has(action.workflow.workflowId));
    if (started !== undefined) return started.action.workflow.workflowId;
    if (Number(raw.info?.bufferSize ?? 0) > 0) return null;
    await pause(LOOK_EVERY, AbortSignal.timeout(STARTED_WITHIN));
  }
  return null;
}
