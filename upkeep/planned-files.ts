/** Files that upkeep must not remove, although no snapshot has them. */
import { PLANS, planPlaceOf } from '../run/work-keys.js';
import type { ObjectStore } from '../storage/object-store.js';

interface Place {
  warehouse: ObjectStore;
  signal: AbortSignal;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** The files that plans could still commit at a certain time. */
export interface FilesOfPlans {
  /** Milliseconds since the epoch. Files that were written later may belong to a plan that did not exist yet. */
  at: number;
  has(key: string): boolean;
}

/** The files of plans, which are determined once per upkeep, not once per table. */
export class PlannedFiles {
  private found: FilesOfPlans | undefined;

  /** Determines them in the first call. */
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
