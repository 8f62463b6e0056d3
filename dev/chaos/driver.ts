/**
 * The storm: a backfill, and while it runs its worker is killed, its server restarted, its workflows terminated and other
 * backfills started into its range. When the time is over all faults end, and the backfill has to finish.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Settings } from '../../config/settings.js';
import type { Random } from '../../sample/random.js';
import { fromDayNumber, toDayNumber } from '../../protocol/days.js';
import { ingestDayId } from '../../protocol/ids.js';
import type { Backfills, Range } from './backfills.js';
import type { LateFiles } from './late-files.js';
import type { ChaosServer } from './server.js';
import type { Workers } from './workers.js';

export interface Storm {
  random: Random;
  settings: Settings;
  range: Range;
  /** How long it lasts, milliseconds; less when the backfill is done before. */
  forMs: number;
  backfills: Backfills;
  workers: Workers;
  server: ChaosServer;
  late: LateFiles;
  /** Told of everything that is done to the backfill, as it happens. */
  note: (what: string) => void;
}

export interface StormCounts {
  /** SIGKILLs from outside; those that a worker draws for itself are in the fault log. */
  kills: number;
  serverRestarts: number;
  terminations: number;
  /** Times that the backfill was started, the first one included. */
  starts: number;
  /** Other backfills over a part of its range. */
  overlaps: number;
  /** Files that came while the storm went on. */
  lateFiles: number;
  /** Why backfills ended that did not succeed and were not terminated. */
  failures: string[];
}

/** Without disturbances nothing should need longer. Milliseconds. */
const CALM_LIMIT = 300_000;
/** Backfills that may fail in the calm, before the run has failed: one that was under way may have had its five tries. */
const CALM_FAILURES = 3;

/** Counts into `counts` while it happens, so that a storm that does not end well is told as well. */
export async function ride(storm: Storm, counts: StormCounts): Promise<void> {
  const { backfills, settings, range, workers, note } = storm;
  const over = new AbortController();
  const others = new Set<string>();
  const start = async (): Promise<string> => {
    counts.starts++;
    note('start');
    return backfills.start(settings, range);
  };
  /** Starts it again if it has ended in any way but well. */
  const look = async (id: string): Promise<boolean> => {
    const state = await backfills.state(id);
    if (state === 'RUNNING') return false;
    if (state === 'COMPLETED') return true;
    note(`the backfill ended: ${state}`);
    if (state !== 'TERMINATED') counts.failures.push(String(await backfills.result(id)));
    await start();
    return false;
  };

  workers.setMood('storm');
  const id = await start();
  const end = Date.now() + storm.forMs;
  const troubles = disturb(storm, id, counts, others, over.signal);
  try {
    while (Date.now() < end && !(await look(id))) await wait(100);
  } finally {
    note('calm');
    over.abort();
    workers.setMood('calm');
    await troubles;
  }

  const succeed = async (): Promise<void> => {
    for (let failed = 0; ; ) {
      if ((await backfills.untilClosed(id, CALM_LIMIT)) === 'COMPLETED') return;
      if (await look(id)) return;
      if (++failed > CALM_FAILURES)
        throw new Error(`The backfill does not succeed in the calm: ${counts.failures.at(-1)}`);
    }
  };
  await succeed();
  for (const other of others) await backfills.untilClosed(other, CALM_LIMIT);
  // What came when the days were planned already is the next run's.
  counts.lateFiles += await storm.late.deliverAll();
  await start();
  await succeed();
}

/** Everything that happens from outside, each kind by itself. Resolves after the signal; rejects if any of it fails. */
async function disturb(
  { random, settings, range, forMs, backfills, workers, server, late, note }: Storm,
  id: string,
  counts: StormCounts,
  others: Set<string>,
  signal: AbortSignal,
): Promise<void> {
  const source = settings.source?.name ?? '';
  const days = toDayNumber(range.to) - toDayNumber(range.from) + 1;
  const anyDay = (from: Random): string => fromDayNumber(toDayNumber(range.from) + from.int(days));
  /** Does something again and again, after so many milliseconds at least and at most. */
  const every = async (name: string, least: number, most: number, act: (drawn: Random) => Promise<void>) => {
    const drawn = random.fork(`${name} of ${id}`);
    for (;;) {
      try {
        await wait(least + drawn.int(most - least), undefined, { signal });
      } catch {
        return; // The storm is over.
      }
      await act(drawn);
    }
  };
  await Promise.all([
    every('kills', 2_000, 9_000, async () => {
      if (!workers.kill()) return;
      note('kill');
      counts.kills++;
    }),
    every('late files', 100, 1_000, async () => {
      if (await late.deliver()) counts.lateFiles++;
    }),
    every('restarts', 1_500, Math.max(8_000, forMs), async () => {
      counts.serverRestarts++;
      note('server killed');
      await server.restart();
      note('server is back');
    }),
    every('terminations', 1_500, 12_000, async (drawn) => {
      // The days of a terminated backfill are cancelled, and stop in good order. One that is terminated itself does not.
      const day = drawn.chance(0.6) ? ingestDayId(source, anyDay(drawn)) : id;
      if (!(await backfills.terminate(day))) return;
      note(`terminated ${day}`);
      counts.terminations++;
    }),
    every('overlaps', 500, 8_000, async (drawn) => {
      const from = anyDay(drawn);
      if (from === range.from) return;
      note(`overlap from ${from}`);
      counts.overlaps++;
      others.add(await backfills.start(settings, { from, to: range.to }));
    }),
  ]);
}
