/** `trailmill backfill status ID`: the progress of a backfill, or its result. */

import type { CommandContext, GlobalOptions } from '../session/context.js';
import { withSession } from '../session/session.js';
import { settingsFor } from '../session/settings.js';
import { EXIT } from '../terminal/failure.js';
import type { DayChoice, DayView, ShownDays } from './day-view.js';
import { describeBackfill, readBackfill } from './read-backfill.js';
import { listDays, readDays } from './read-days.js';
import { renderStatus } from './render.js';
import { renderDays } from './render-days.js';
import { renderFollow } from './render-list.js';
import { resolveId } from './resolve-id.js';
import type { BackfillView } from './view.js';
import { watchBackfill } from './watch.js';
import type { FailOn } from './words.js';

interface StatusOptions extends GlobalOptions {
  watch?: boolean;
  failOn?: FailOn[];
  days?: DayChoice;
}

/** The JSON of `backfill status` without `--watch`. */
export type BackfillStatusJson = BackfillView & { dayList: DayView[]; leftOut: ShownDays['leftOut'] };

/** Prints the state of a backfill and its days; with `--watch`, follows it to its end. */
export async function run(context: CommandContext<StatusOptions>): Promise<number> {
  const { io, output, options, args } = context;
  const settings = settingsFor(context);
  return withSession(settings, async (session) => {
    const id = await resolveId(session, settings.name, args[0]);
    if (options.watch === true) {
      const watched = await watchBackfill(io, output, id, () => readBackfill(session, id));
      return exitCodeOf(watched.view, options.failOn);
    }
    // The list of days is eventually consistent: what is read after it takes precedence.
    const listed = await listDays(session, await describeBackfill(session.client, id));
    const view = await readBackfill(session, id);
    const shown = await readDays(session, listed, view, options.days);
    output.value({ ...view, dayList: shown.days, leftOut: shown.leftOut } satisfies BackfillStatusJson);
    output.say(renderStatus(withFailures(view, shown.days), io.now()));
    output.say(renderDays(shown, io.now(), output.width));
    if (view.state === 'running') output.say(renderFollow(id));
    return exitCodeOf(view, options.failOn);
  });
}

/** Without a worker the failures come from the days instead of from the backfill. */
function withFailures(view: BackfillView, days: readonly DayView[]): BackfillView {
  if (view.failures.length > 0) return view;
  return { ...view, failures: days.flatMap(({ day, error }) => (error === null ? [] : [{ day, error }])) };
}

/** 0 for a running or completed backfill, 1 for any other end, and for one that has something of `failOn`. */
export function exitCodeOf(view: BackfillView | undefined, failOn: readonly FailOn[] = []): number {
  if (view === undefined) return EXIT.ok;
  if (view.state !== 'running' && view.state !== 'completed') return EXIT.failedWork;
  return failOn.some((what) => (view.totals?.[what] ?? 0) > 0) ? EXIT.failedWork : EXIT.ok;
}
