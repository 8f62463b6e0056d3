/** `trailmill backfill cancel ID`: stops a backfill. Committed data stays, and the same range can be started again. */

import type { CommandContext, GlobalOptions } from '../session/context.js';
import { withSession, workflowUrl } from '../session/session.js';
import { settingsFor } from '../session/settings.js';
import { EXIT } from '../terminal/failure.js';
import { assertRunning } from './control.js';
import { describeBackfill, readBackfill } from './read-backfill.js';
import { renderFollow } from './render-list.js';
import { exitCodeOf } from './status.js';
import { stateOf } from './view.js';
import { watchBackfill } from './watch.js';

interface CancelOptions extends GlobalOptions {
  watch?: boolean;
}

/** Cancels a backfill; with `--watch`, waits until it has ended. */
export async function run(context: CommandContext<CancelOptions>): Promise<number> {
  const { io, output, options, args } = context;
  const id = args[0];
  return withSession(settingsFor(context), async (session) => {
    const { client, cluster } = session;
    const { runId, status } = await describeBackfill(client, id);
    assertRunning(id, stateOf(status.name));
    await client.workflow.getHandle(id).cancel();
    const ui = workflowUrl(cluster, id);
    output.value({ id, runId, cancelling: true, ui });
    output.say(`Asked ${id} to stop. Batches in progress are abandoned within seconds; committed data stays.`);
    if (options.watch !== true) {
      output.say(renderFollow(id));
      return EXIT.ok;
    }
    const { view } = await watchBackfill(io, output, id, () => readBackfill(session, id));
    // Here, `cancelled` is the requested result.
    return view?.state === 'cancelled' ? EXIT.ok : exitCodeOf(view);
  });
}
