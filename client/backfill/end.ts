/** `trailmill backfill cancel` and `terminate`: end a backfill. Committed data stays, and the range can be started again. */
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { hasWorker } from '../session/pollers.js';
import { withSession, workflowUrl } from '../session/session.js';
import { settingsFor } from '../session/settings.js';
import { EXIT } from '../terminal/failure.js';
import { assertRunning } from './control.js';
import { describeBackfill, readBackfill } from './read-backfill.js';
import { renderFollow } from './render-list.js';
import { resolveId } from './resolve-id.js';
import { exitCodeOf } from './status.js';
import { stateOf } from './view.js';
import { watchBackfill } from './watch.js';

interface CancelOptions extends GlobalOptions {
  watch?: boolean;
}

/** Asks a backfill to stop, which a worker does; with `--watch`, waits until it has stopped. */
export async function cancelBackfill(context: CommandContext<CancelOptions>): Promise<number> {
  const { io, output, options, args } = context;
  const settings = settingsFor(context);
  return withSession(settings, async (session) => {
    const { client, cluster } = session;
    const id = await resolveId(session, settings.name, args[0]);
    const { runId, status, taskQueue } = await describeBackfill(client, id);
    assertRunning(id, stateOf(status.name));
    await client.workflow.getHandle(id).cancel();
    const worker = await hasWorker({ ...cluster, taskQueue }, io.now());
    output.value({ id, runId, cancelling: true, worker, ui: workflowUrl(cluster, id) });
    output.say(`Asked ${id} to stop. ${worker ? STOPS_SOON : stopsLater(taskQueue, id)}`);
    if (options.watch !== true || !worker) {
      output.say(renderFollow(id));
      return EXIT.ok;
    }
    const { view } = await watchBackfill(io, output, id, () => readBackfill(session, id));
    // Here, `cancelled` is the requested result.
    return view?.state === 'cancelled' ? EXIT.ok : exitCodeOf(view);
  });
}

const STOPS_SOON = 'Batches in progress are abandoned within seconds; committed data stays.';

function stopsLater(taskQueue: string, id: string): string {
  return `No worker polls the task queue ${taskQueue}: it stops as soon as one does (\`trailmill worker\`). To end it without a worker: trailmill backfill terminate '${id}'`;
}

interface TerminateOptions extends GlobalOptions {
  reason?: string;
}

/** Ends a backfill at once, without a worker. Its days are cancelled as soon as there is one. */
export async function terminateBackfill(context: CommandContext<TerminateOptions>): Promise<number> {
  const { output, options, args } = context;
  const settings = settingsFor(context);
  return withSession(settings, async (session) => {
    const { client, cluster } = session;
    const id = await resolveId(session, settings.name, args[0]);
    const { runId, status } = await describeBackfill(client, id);
    assertRunning(id, stateOf(status.name));
    await client.workflow.getHandle(id).terminate(options.reason ?? 'Terminated by trailmill backfill terminate');
    output.value({ id, runId, terminated: true, ui: workflowUrl(cluster, id) });
    output.say(
      `${id}: terminated. Its days in progress are cancelled; committed data stays, and starting the range again continues it.`,
    );
    return EXIT.ok;
  });
}
