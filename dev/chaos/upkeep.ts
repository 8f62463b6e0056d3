/** Upkeep after a storm: nothing else runs, and everything is old. */
import type { UpkeepResult } from '../../protocol/upkeep-messages.js';
import type { Backfills } from './backfills.js';
import type { ProjectSettings } from './places.js';
import { addCount } from './report.js';
import type { Workers } from './workers.js';

/** Milliseconds; more than upkeep of the small tables of a run needs. */
const LIMIT_MS = 180_000;

/** The project of a storm, and what runs upkeep of its tables. */
interface Parts {
  settings: ProjectSettings;
  backfills: Backfills;
  workers: Workers;
}

/**
 * Replaces all workers, so that no activity of a terminated workflow continues, and waits for the upkeep of the storm: with its
 * settings, it deletes the files of a snapshot as soon as there is a newer one, also while they are read.
 */
export async function endOfStorm({ settings, backfills, workers }: Parts): Promise<void> {
  await workers.replaceAll();
  await backfills.untilUpkeepClosed(settings, LIMIT_MS);
}

/**
 * Repeats upkeep until nothing should be left to do, and returns what is wrong: each upkeep must complete, and the last one
 * must find nothing. After plans were removed, another upkeep removes the files that only they had.
 * @param counts receives the counts of the first one
 */
export async function upkeepAtTheEnd(parts: Parts, counts: Record<string, number>): Promise<string[]> {
  const first = await upkeep(parts);
  if (typeof first === 'string') return [first];
  for (const { compacted, snapshotsExpired, unused, index } of first.done) {
    addCount(counts, 'compacted days', compacted.days);
    addCount(counts, 'expired snapshots', snapshotsExpired);
    addCount(counts, 'removed files', unused.files);
    addCount(counts, 'indexed files', index?.indexed ?? 0);
  }
  const second = first.workArea.plans > 0 ? await upkeep(parts) : first;
  if (typeof second === 'string') return [second];
  const last = await upkeep(parts);
  if (typeof last === 'string') return [last];
  return last.done.flatMap(({ table, compacted, postponed, unused }) => {
    const left = compacted.days + postponed + unused.files;
    if (left === 0) return [];
    return [
      `${table}: another upkeep compacted ${compacted.days} days, postponed ${postponed}, and removed ${unused.files} files`,
    ];
  });
}

/** The result, or what went wrong. */
async function upkeep({ backfills, settings }: Omit<Parts, 'workers'>): Promise<UpkeepResult | string> {
  const { id } = await backfills.startUpkeep(settings);
  const state = await backfills.untilClosed(id, LIMIT_MS);
  const result = await backfills.result<UpkeepResult>(id);
  return typeof result === 'string' ? `upkeep without disturbances ${state}: ${result}` : result;
}
