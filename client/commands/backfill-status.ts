/** `trailmill backfill status ID`: how far a backfill is, or how it ended. */
import { type BackfillView, readBackfill } from '../backfill-view.js';
import type { Context, GlobalOptions } from '../context.js';
import { EXIT } from '../failure.js';
import { renderStatus } from '../render/backfill.js';
import { renderFollow } from '../render/list.js';
import { settingsFor, withSession } from '../session.js';
import { watchBackfill } from '../watch.js';

export interface StatusOptions extends GlobalOptions {
  watch?: boolean;
}

export async function run(context: Context<StatusOptions>): Promise<number> {
  const { io, output, options, words } = context;
  const id = words[0];
  return withSession(settingsFor(context), async (session) => {
    const first = await readBackfill(session, id);
    if (options.watch === true) {
      const watched = await watchBackfill(io, output, id, () => readBackfill(session, id));
      return exitCodeOf(watched.view);
    }
    output.value(first);
    output.say(renderStatus(first, io.now()));
    if (first.state === 'running') output.say(renderFollow(id));
    return exitCodeOf(first);
  });
}

/** Work that goes on or went well is 0; work that ended in any other way is 1. */
export function exitCodeOf(view: BackfillView | undefined): number {
  return view === undefined || view.state === 'running' || view.state === 'completed' ? EXIT.ok : EXIT.failedWork;
}
