/** `trailmill schedule trigger`: starts a run now, or after the one in progress. */
import type { ScheduleDescription, ScheduleHandle } from '@temporalio/client';
import { renderFollow } from '../backfill/render-list.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { withSession, workflowUrl } from '../session/session.js';
import { settingsFor } from '../session/settings.js';
import { EXIT } from '../terminal/failure.js';
import { pause } from '../terminal/io.js';
import { checkBucket } from './check-bucket.js';
import { schedulesNamed } from './named.js';

/** The server starts the run at once, but its response does not contain the id. */
const STARTED_WITHIN_MS = 10_000;
const POLL_INTERVAL_MS = 200;

/** Starts a run of each schedule now. */
export async function run(context: CommandContext<GlobalOptions>): Promise<number> {
  const { io, output, args } = context;
  const settings = settingsFor(context);
  return withSession(settings, async ({ client, cluster }) => {
    for (const { handle, description } of await schedulesNamed(client, args, settings.name, ['recent'])) {
      await checkBucket(description, output);
      await handle.trigger('BUFFER_ALL');
      const run = await startedAfter(handle, description, io.now);
      output.value({ id: handle.scheduleId, run, ui: run === null ? null : workflowUrl(cluster, run) });
      if (run !== null) output.say(`${handle.scheduleId}: started ${run}.\n${renderFollow(run)}`);
      else output.say(`${handle.scheduleId}: waiting for the run in progress.`);
    }
    return EXIT.ok;
  });
}

/** The id of the run that was started; `null` if it waits. */
async function startedAfter(
  handle: ScheduleHandle,
  before: ScheduleDescription,
  now: () => number,
): Promise<string | null> {
  const known = new Set(before.info.recentActions.map(({ action }) => action.workflow.workflowId));
  for (const end = now() + STARTED_WITHIN_MS; now() < end; ) {
    const { info, raw } = await handle.describe();
    const started = info.recentActions.find(({ action }) => !known.has(action.workflow.workflowId));
    if (started !== undefined) return started.action.workflow.workflowId;
    if (Number(raw.info?.bufferSize ?? 0) > 0) return null;
    await pause(POLL_INTERVAL_MS, AbortSignal.timeout(STARTED_WITHIN_MS));
  }
  return null;
}
