/** Shared by all commits that can conflict with other writers: load the table, try to commit, back off, reload it. */
import { CommitConflict, CommitStateUnknown, TableUnusable } from '../errors/index.js';
import { backoff } from '../storage/backoff.js';
import type { Catalog, LoadedTable, TableIdentifier } from './catalog.js';

/** With 20 concurrent writers, one wins each round, so the last of them needs 20 attempts. */
export const MAX_COMMIT_ATTEMPTS = 20;
const BACKOFF = { firstMs: 50, maxMs: 2_000, minShare: 0.25 };

/** Whether a commit can be retried: nothing was changed, or the state is unknown and can be found in the table's history. */
export function isRetryable(error: unknown): error is CommitConflict | CommitStateUnknown {
  return error instanceof CommitConflict || error instanceof CommitStateUnknown;
}

/** Milliseconds to wait after the `attempt`th failed attempt of a commit. `random` is like Math.random; for tests. */
export function commitBackoff(attempt: number, random: () => number = Math.random): number {
  return backoff(attempt, BACKOFF, random);
}

/** Loads a table that must exist; with `uuid`, the table must be the same as before. Throws `TableUnusable` if it is not. */
export async function loadExistingTable(
  catalog: Catalog,
  identifier: TableIdentifier,
  options: { uuid?: string; signal?: AbortSignal } = {},
): Promise<LoadedTable> {
  const table = await catalog.loadTable(identifier, options.signal);
  const name = `${identifier.namespace}.${identifier.name}`;
  if (!table) {
    throw new TableUnusable(
      `The table ${name} is not in the ${catalog.description}.`,
      'Run the command again: it creates the tables that it needs.',
    );
  }
  if (options.uuid !== undefined && table.metadata['table-uuid'] !== options.uuid)
    throw new TableUnusable(`The table ${name} was replaced during a commit.`);
  return table;
}
