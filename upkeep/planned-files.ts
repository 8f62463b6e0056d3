/** Files that upkeep must not remove, although no snapshot has them. */
import { PLANS, planPlaceOf } from '../run/work-area.js';
import type { ObjectStore } from '../storage/object-store.js';

interface Place {
  warehouse: ObjectStore;
  signal: AbortSignal;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** What plans may still commit, as it was at one moment. */
export interface FilesOfPlans {
  /** Milliseconds since the epoch. What was written later may be of a plan that was not there yet. */
  at: number;
  has(key: string): boolean;
}

/** The files of plans, which are looked for once in an upkeep, and not for each table. */
export class PlannedFiles {
  private found: FilesOfPlans | undefined;

  /** Looks for them, if nobody has yet. */
  async of(context: Place): Promise<FilesOfPlans> {
    this.found ??= await filesOfPlans(context);
    return this.found;
  }
}

/**
 * Finds the files that a plan may still commit: paused backfills and plans to be continued have written them. The names of all
 * files of a plan begin with its id, and a plan is in the work area until its last commit.
 */
async function filesOfPlans({ warehouse, signal, now }: Place): Promise<FilesOfPlans> {
  const at = now();
  const ids = new Set<string>();
  for await (const { objects } of warehouse.list(PLANS, { signal }))
    for (const { key } of objects) {
      const id = planPlaceOf(key)?.id;
      if (id !== undefined) ids.add(id);
    }
  const all = [...ids].map((id) => `/${id}-`);
  return { at, has: (key) => all.some((start) => key.includes(start)) };
}
