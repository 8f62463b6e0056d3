/** `trailmill backfill list`: the backfills that the server remembers, newest first. */
import { BACKFILL_TYPE, pauseOf, rangeOf, stateOf } from '../backfill-view.js';
import type { Context, GlobalOptions } from '../context.js';
import { EXIT } from '../failure.js';
import { type ListedBackfill, renderList } from '../render/list.js';
import { settingsFor, withSession, workflowUrl } from '../session.js';

export interface ListOptions extends GlobalOptions {
  limit: number;
}

export async function run(context: Context<ListOptions>): Promise<number> {
  const { io, output, options } = context;
  return withSession(settingsFor(context), async ({ client, cluster }) => {
    const found: ListedBackfill[] = [];
    for await (const info of client.workflow.list({ query: `WorkflowType="${BACKFILL_TYPE}"` })) {
      // The earlier runs of a chain are the same backfill, not further ones.
      if (info.status.name === 'CONTINUED_AS_NEW') continue;
      const state = stateOf(info.status.name);
      found.push({
        id: info.workflowId,
        runId: info.runId,
        state,
        ...pauseOf(state, info.memo),
        ...rangeOf(info.workflowId, info.memo),
        startedAt: info.startTime.toISOString(),
        closedAt: info.closeTime?.toISOString() ?? null,
        ui: workflowUrl(cluster, info.workflowId),
      });
      if (found.length === options.limit) break;
    }
    output.value(found);
    output.say(renderList(found, io.now()));
    return EXIT.ok;
  });
}
