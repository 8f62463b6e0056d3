/** `trailmill schedule backfill`: starts the runs that were due in a range of days, one after another. */

import type { ScheduleHandle } from '@temporalio/client';
import { UserMistake } from '../../errors/index.js';
import { DAY_MS } from '../../protocol/days.js';
import { counted } from '../../text/numbers.js';
import { parseRange, understoodDays } from '../options/days.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { scheduleUrl, withSession } from '../session/session.js';
import { settingsFor } from '../session/settings.js';
import { EXIT } from '../terminal/failure.js';
import { checkBucket } from './check-bucket.js';
import type { ScheduleMemo } from './definition.js';
import { schedulesNamed } from './named.js';
import { nextTimes } from './next-times.js';

/** The most runs that the server buffers per schedule; it drops further ones. */
const MOST_WAITING = 1_000;

interface BackfillOptions extends GlobalOptions {
  from: string;
  to?: string;
  yes?: boolean;
}

/** The runs that a schedule missed, and how to start them. */
interface DueRuns {
  handle: ScheduleHandle;
  runs: number;
}

/** Starts the runs of schedules that were due in a range of days. */
export async function run(context: CommandContext<BackfillOptions>): Promise<number> {
  const { io, output, options, args } = context;
  const { from, to } = parseRange(options.from, options.to, io.now());
  const understood = understoodDays(options, { from, to });
  if (understood !== undefined) output.note(understood);
  const settings = settingsFor(context);
  // The server excludes the start time and includes the end time.
  const start = Date.parse(from) - 1;
  const end = Math.min(Date.parse(to) + DAY_MS - 1, io.now());
  return withSession(settings, async ({ client, cluster }) => {
    const due: DueRuns[] = [];
    for (const { handle, description } of await schedulesNamed(client, args, settings.name, ['recent'])) {
      const memo = description.action.memo?.schedule as ScheduleMemo;
      const runs = nextTimes(memo.rhythm, memo.timeZone, start, MOST_WAITING + 1).filter((at) => at <= end).length;
      if (runs > MOST_WAITING) {
        throw new UserMistake(
          `${handle.scheduleId} was due more than ${MOST_WAITING} times from ${from} to ${to}, which is the most that the server queues.`,
          `Use fewer days, or ingest them at once: trailmill backfill start --from ${from} --to ${to}.`,
        );
      }
      await checkBucket(description, output, { from, to });
      due.push({ handle, runs });
    }
    if (!(await isConfirmed(context, due, { from, to }))) {
      output.note('Nothing was started.');
      return EXIT.mistake;
    }
    for (const { handle, runs } of due) {
      await handle.backfill({ start: new Date(start), end: new Date(end), overlap: 'BUFFER_ALL' });
      const id = handle.scheduleId;
      output.value({ id, from, to, runs, ui: scheduleUrl(cluster, id) });
      output.say(`${id}: ${counted(runs, 'run')} of ${from} to ${to}, one after another.`);
    }
    return EXIT.ok;
  });
}

/** Asks on the terminal, unless `--yes` was given. Throws `UserMistake` if there is no terminal to ask on. */
async function isConfirmed(
  { io, output, options }: CommandContext<BackfillOptions>,
  due: readonly DueRuns[],
  { from, to }: { from: string; to: string },
): Promise<boolean> {
  if (options.yes === true) return true;
  const lines = due.map(({ handle, runs }) => `${handle.scheduleId}: ${counted(runs, 'run')} from ${from} to ${to}`);
  const all = due.reduce((sum, { runs }) => sum + runs, 0);
  for (const line of lines) output.note(line);
  const answer = await io.ask(`Start ${counted(all, 'run')}, one after another? [y/N] `);
  if (answer !== undefined) return /^y(es)?$/i.test(answer.trim());
  throw new UserMistake(
    `This would start ${counted(all, 'run')}, one after another.`,
    `Confirm with --yes. To ingest the range in one run instead: trailmill backfill start --from ${from} --to ${to}.`,
  );
}
