/** What upkeep must not remove, although no snapshot has it or because a commit is under way. */
import type { LoadedTable } from '../iceberg/catalog.js';
import type { Snapshot } from '../iceberg/metadata.js';
import { COMMIT_ID } from '../iceberg/snapshot.js';
import { identifierOf } from '../run/config.js';
import { LedgerCommits } from '../run/ledger-commits.js';
import { ANNOUNCED } from '../run/summary-keys.js';
import { PLANS, planPlaceOf } from '../run/work-area.js';
import type { UpkeepContext } from './context.js';

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
  async of(context: Pick<UpkeepContext, 'warehouse' | 'signal' | 'now'>): Promise<FilesOfPlans> {
    this.found ??= await filesOfPlans(context);
    return this.found;
  }
}

/**
 * Finds the files that a plan may still commit: paused backfills and plans to be continued have written them. The names of all
 * files of a plan begin with its id, and a plan is in the work area until its last commit.
 */
async function filesOfPlans({
  warehouse,
  signal,
  now,
}: Pick<UpkeepContext, 'warehouse' | 'signal' | 'now'>): Promise<FilesOfPlans> {
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

/** Returns a predicate for the snapshots of commits that only snapshots know of: earlier versions have announced them. */
export async function snapshotsOfOpenCommits({
  catalog,
  config,
  signal,
}: UpkeepContext): Promise<(snapshot: Snapshot) => boolean> {
  const ledger: LoadedTable | undefined = await catalog.loadTable(identifierOf(config, 'ledger'), signal);
  const open = ledger === undefined ? [] : LedgerCommits.of(ledger).open.filter(({ isRecorded }) => !isRecorded);
  const ids = new Set(open.flatMap(({ id }) => [id, `${id}${ANNOUNCED}`]));
  return ({ summary }) => ids.has(summary[COMMIT_ID]);
}
