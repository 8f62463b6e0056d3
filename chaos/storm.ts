/**
 * The storm: a backfill, and while it runs everything is done to it that `disturbances.ts` knows. When the time is over all
 * faults end, and the backfill has to finish.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from '../sample/random.js';
import type { ObjectStore } from '../storage/object-store.js';
import type { Backfills, Range } from './backfills.js';
import { disturbancesOf } from './disturbances.js';
import type { LateFiles } from './late-files.js';
import type { Place, ProjectSettings } from './places.js';
import type { Rewrites } from './rewrites.js';
import type { ChaosServer } from './server.js';
import type { Workers } from './workers.js';

export interface Storm {
  random: Random;
  settings: ProjectSettings;
  range: Range;
  /** How long it lasts, milliseconds; less when the backfill is done before. */
  forMs: number;
  backfills: Backfills;
  workers: Workers;
  server: ChaosServer;
  place: Place;
  late: LateFiles;
  rewrites: Rewrites;
  /** The stores with the work area and the tables of this storm. */
  warehouses: readonly ObjectStore[];
  /** Directory of the project whose transform may be changed; absent: there is none. */
  transform?: string;
  /** Told of everything that is done to the backfill, as it happens. */
  note: (what: string) => void;
  /** Counts a disturbance. */
  count: (name: string) => void;
}

export interface StormOutcome {
  /** Times that the backfill was started, the first one included. */
  starts: number;
  /** Why backfills ended that did not succeed and were not terminated. */
  failures: string[];
}

/** Without disturbances nothing should need longer. Milliseconds. */
const CALM_LIMIT = 300_000;
/** Backfills that may fail in the calm, before the run has failed: one that was under way may have had its five tries. */
const CALM_FAILURES = 3;

/** Tells `outcome` while it happens, so that a storm that does not end well is told as well. */
export async function ride(storm: Storm, outcome: StormOutcome): Promise<void> {
  const { backfills, settings, range, workers, place, late, note, count } = storm;
  const over = new AbortController();
  setMaxListeners(0, over.signal); // One for each disturbance.
  const others = new Set<string>();
  const start = async (): Promise<string> => {
    outcome.starts++;
    note('start');
    return backfills.start(settings, range);
  };
  /** Starts it again if it has ended in any way but well. */
  const look = async (id: string): Promise<boolean> => {
    const state = await backfills.state(id);
    if (state === 'RUNNING') return false;
    if (state === 'COMPLETED') return true;
    note(`the backfill ended: ${state}`);
    if (state !== 'TERMINATED') outcome.failures.push(String(await backfills.result(id)));
    await start();
    return false;
  };

  const id = await start();
  workers.setMood('storm');
  place.disturb(storm.random, count);
  const end = Date.now() + storm.forMs;
  const troubles = disturb(storm, id, others, over.signal);
  troubles.catch(() => {}); // Thrown where it is awaited.
  try {
    while (Date.now() < end && !(await look(id))) await wait(100);
  } finally {
    note('calm');
    over.abort();
    workers.setMood('calm');
    await troubles;
    place.calm();
  }

  const succeed = async (): Promise<void> => {
    for (let failed = 0; ; ) {
      if ((await backfills.untilClosed(id, CALM_LIMIT)) === 'COMPLETED') return;
      if (await look(id)) return;
      if (++failed > CALM_FAILURES)
        throw new Error(`The backfill does not succeed in the calm: ${outcome.failures.at(-1)}`);
    }
  };
  await succeed();
  for (const other of others) await backfills.untilClosed(other, CALM_LIMIT);
  // What came when the days were planned already is the next run's.
  while (await late.deliver()) count('late file');
  await start();
  await succeed();
}

/** All disturbances, each by itself. Resolves after the signal; rejects if any of them fails. */
async function disturb(storm: Storm, id: string, others: Set<string>, signal: AbortSignal): Promise<void> {
  const { random, note, count } = storm;
  await Promise.all(
    disturbancesOf(storm, id, others, signal).map(async ({ name, least, most, act }) => {
      const drawn = random.fork(`${name} of ${id}`);
      for (;;) {
        try {
          await wait(least + drawn.int(most - least), undefined, { signal });
        } catch {
          return; // The storm is over.
        }
        note(`${name} …`);
        const what = await act(drawn);
        if (what === undefined) continue;
        note(`${name}: ${what}`);
        count(name);
      }
    }),
  );
}
