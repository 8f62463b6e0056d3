/** The external disturbances of a backfill. Each kind is repeated independently of the others. */
import { setTimeout as wait } from 'node:timers/promises';
import { fromDayNumber, toDayNumber } from '../../protocol/days.js';
import { ingestDayId, upkeepId } from '../../protocol/ids.js';
import type { Random } from '../../sample/random.js';
import type { ObjectStore } from '../../storage/object-store.js';
import type { Backfills } from './backfills.js';
import { type DamagedFile, damageOne } from './damage.js';
import { FullDisk } from './full-disk.js';
import type { Storm } from './storm-types.js';
import { changeTransform, restoreTransform } from './transform.js';

/** A kind of disturbance. */
export interface Disturbance {
  /** The name in counts and in the journal. */
  name: string;
  /** Minimum and maximum time between two, in milliseconds. */
  least: number;
  most: number;
  /** Disturbs once, and returns what was done, for the journal; `undefined` if there was nothing to disturb. */
  act(rng: Random): Promise<string | undefined>;
}

const HOUR = 3_600_000;

/**
 * The disturbances of a storm.
 * @param id id of the backfill
 * @param others receives the ids of other backfills that overlap its range
 * @param signal ends the storm: whatever is damaged is then restored at once
 */
export function disturbancesOf(storm: Storm, id: string, others: Set<string>, signal: AbortSignal): Disturbance[] {
  const { settings, range, forMs, backfills, workers, server, late, place, rewrites, warehouses, transform } = storm;
  const source = settings.source.name;
  const days = toDayNumber(range.to) - toDayNumber(range.from) + 1;
  const anyDay = (from: Random): string => fromDayNumber(toDayNumber(range.from) + from.int(days));
  /** Waits for a time between `least` and `most` milliseconds, or until the storm is over. */
  const during = (rng: Random, least: number, most: number) => async (): Promise<void> =>
    wait(least + rng.int(most - least), undefined, { signal }).catch(() => {});
  const { disk } = place;
  return [
    {
      ...{ name: 'kill', least: 2_000, most: 9_000 },
      act: async (rng) => (workers.kill(rng) ? 'a worker' : undefined),
    },
    {
      // Usually longer than the heartbeat timeout: then another worker does the same work at the same time.
      ...{ name: 'stall', least: 1_000, most: 7_000 },
      act: async (rng) => ((await workers.stall(rng, during(rng, 500, 6_000))) ? 'a worker' : undefined),
    },
    {
      ...{ name: 'clock jump', least: 500, most: 6_000 },
      async act(rng) {
        const jump = (rng.chance(0.5) ? 1 : -1) * rng.pick([2_000, HOUR / 6, HOUR, 26 * HOUR, 400 * 24 * HOUR]);
        return workers.setClock(rng, jump) ? `${jump} ms` : undefined;
      },
    },
    {
      ...{ name: 'late file', least: 100, most: 1_000 },
      act: async () => ((await late.deliver()) ? 'into the bucket' : undefined),
    },
    {
      ...{ name: 'rewrite', least: 200, most: 3_000 },
      act: async (rng) => ((await rewrites.rewrite(rng, during(rng, 50, 1_500))) ? 'a file of the bucket' : undefined),
    },
    {
      ...{ name: 'server restart', least: 1_500, most: Math.max(8_000, forMs) },
      async act() {
        await server.restart();
        return 'the Temporal server';
      },
    },
    {
      ...{ name: 'termination', least: 1_500, most: 12_000 },
      // The days of a terminated backfill are cancelled and stop cleanly. A terminated day does not.
      async act(rng) {
        const workflow = rng.chance(0.6) ? ingestDayId(source, anyDay(rng)) : id;
        return (await backfills.terminate(workflow)) ? workflow : undefined;
      },
    },
    {
      ...{ name: 'overlap', least: 500, most: 8_000 },
      async act(rng) {
        const from = anyDay(rng);
        if (from === range.from) return undefined;
        others.add(await backfills.start(settings, { from, to: range.to }));
        return `from ${from}`;
      },
    },
    {
      ...{ name: 'damage', least: 1_500, most: 8_000 },
      async act(rng) {
        const damaged = await storm.reader.ignoring(() =>
          damageFor(rng, rng.pick(warehouses), during(rng, 200, 2_000)),
        );
        if (damaged === undefined) return undefined;
        storm.count(`damage: ${damaged.what}`);
        return `${damaged.what}: ${damaged.key}`;
      },
    },
    ...(storm.upkeep ? [upkeep(storm)] : []),
    ...(disk instanceof FullDisk ? [fullDisk(disk, during)] : []),
    ...(transform === undefined ? [] : [changedTransform(transform, backfills, during)]),
  ];
}

type During = (rng: Random, least: number, most: number) => () => Promise<void>;

/**
 * Upkeep next to the backfill. Sometimes it is terminated first: its activity continues until its next heartbeat, at the same
 * time as the new one.
 */
function upkeep({ backfills, settings, note, count }: Storm): Disturbance {
  let hasStarted = false;
  return {
    ...{ name: 'upkeep', least: 100, most: 2_500 },
    async act(rng) {
      const id = upkeepId(settings.source.name);
      const terminated = rng.chance(0.2) && (await backfills.terminate(id));
      if (hasStarted && (await backfills.state(id)) === 'FAILED') {
        count('upkeep failed');
        note(`upkeep failed: ${JSON.stringify(await backfills.result(id))}`);
      }
      const { isNew } = await backfills.startUpkeep(settings);
      hasStarted = true;
      if (!isNew) return undefined;
      return terminated ? `${id}, after a termination` : id;
    },
  };
}

/** Damages an object of a store until `during` resolves. */
async function damageFor(
  rng: Random,
  store: ObjectStore,
  during: () => Promise<void>,
): Promise<DamagedFile | undefined> {
  const damaged = await damageOne(store, rng);
  try {
    if (damaged !== undefined) await during();
  } finally {
    await damaged?.restore();
  }
  return damaged;
}

function fullDisk(disk: FullDisk, during: During): Disturbance {
  return {
    ...{ name: 'disk full', least: 2_000, most: 9_000 },
    async act(rng) {
      try {
        await disk.fill();
        await during(rng, 300, 2_500)();
      } finally {
        await disk.free();
      }
      return 'the disk with the tables';
    },
  };
}

/**
 * No run is started meanwhile: it would use the changed module, and its rows would correctly have that version.
 * @param directory directory of the project
 */
function changedTransform(directory: string, backfills: Backfills, during: During): Disturbance {
  return {
    ...{ name: 'transform changed', least: 1_500, most: 9_000 },
    async act(rng) {
      await backfills.betweenStarts(async () => {
        changeTransform(directory);
        try {
          await during(rng, 200, 1_500)();
        } finally {
          restoreTransform(directory);
        }
      });
      return 'a module that it imports';
    },
  };
}
