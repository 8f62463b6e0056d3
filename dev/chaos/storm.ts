/**
 * The storm: a backfill that is exposed to all of `disturbances.ts` while it runs. When the time is over, all faults end, and the
 * backfill must complete.
 */

import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { disturbancesOf } from './disturbances.js';
import type { Storm, StormOutcome } from './storm-types.js';

/** More than any backfill needs without disturbances, even on a machine with ten times too much work. */
const CALM_LIMIT_MS = 900_000;
/** How many backfills may fail after the storm: a running one may have used up its five attempts during the storm. */
const CALM_FAILURES = 3;

/** Runs a storm. Updates `outcome` while it runs, so that the outcome of a storm that fails is also reported. */
export async function runStorm(storm: Storm, outcome: StormOutcome): Promise<void> {
  const { backfills, settings, range, reprocess, workers, place, late, note, count } = storm;
  const stormOver = new AbortController();
  setMaxListeners(0, stormOver.signal); // One for each disturbance.
  const others = new Set<string>();
  const start = async (): Promise<string> => {
    outcome.starts++;
    note('start');
    return backfills.start(settings, range, reprocess);
  };
  /** True if the backfill has completed. Restarts one that has ended otherwise. */
  const checkCompleted = async (id: string): Promise<boolean> => {
    const state = await backfills.state(id);
    if (state === 'RUNNING') return false;
    if (state === 'COMPLETED') return true;
    note(`the backfill ended: ${state}`);
    if (state !== 'TERMINATED') outcome.failures.push(String(await backfills.result(id)));
    await start();
    return false;
  };

  const id = await start();
  workers.setFaultPhase('storm');
  place.disturb(storm.random, count);
  const end = Date.now() + storm.forMs;
  const disturbing = disturb(storm, id, others, stormOver.signal);
  disturbing.catch(() => {}); // Handled where it is awaited.
  try {
    while (Date.now() < end && !(await checkCompleted(id))) await wait(100);
  } finally {
    note('calm');
    stormOver.abort();
    workers.setFaultPhase('calm');
    await disturbing;
    place.calm();
  }

  const untilCompleted = async (): Promise<void> => {
    for (let failed = 0; ; ) {
      if ((await backfills.untilClosed(id, CALM_LIMIT_MS)) === 'COMPLETED') return;
      if (await checkCompleted(id)) return;
      if (++failed > CALM_FAILURES)
        throw new Error(`The backfill does not succeed without disturbances: ${outcome.failures.at(-1)}`);
    }
  };
  await untilCompleted();
  for (const other of others) await backfills.untilClosed(other, CALM_LIMIT_MS);
  // Files that were delivered after their days were planned are ingested by the next run.
  while (await late.deliver()) count('late file');
  await start();
  await untilCompleted();
}

/** Runs all disturbances independently. Resolves after the signal; rejects if any of them fails. */
async function disturb(storm: Storm, id: string, others: Set<string>, signal: AbortSignal): Promise<void> {
  const { random, note, count } = storm;
  await Promise.all(
    disturbancesOf(storm, id, others, signal).map(async ({ name, least, most, act }) => {
      const rng = random.fork(`${name} of ${id}`);
      for (;;) {
        try {
          await wait(least + rng.int(most - least), undefined, { signal });
        } catch {
          return; // The storm is over.
        }
        note(`${name} …`);
        const what = await act(rng);
        if (what === undefined) continue;
        note(`${name}: ${what}`);
        count(name);
      }
    }),
  );
}
