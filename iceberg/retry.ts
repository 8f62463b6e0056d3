/** What every commit does that may meet another writer's: load the table, try, wait a little, load it again. */
import { CommitConflict, CommitStateUnknown, TableUnusable } from '../errors/index.js';
import { backoff } from '../storage/backoff.js';
import type { Catalog, LoadedTable, TableIdentifier } from './catalog.js';

/** With 20 writers at once one wins each round, so the last of them needs 20. */
export const MAX_TRIES = 20;
const WAITS = { firstMs: 50, maxMs: 2_000, leastShare: 0.25 };

/** Is the commit worth another try? Nothing happened, or the state is unknown and the table's history tells. */
export function isRepeatable(error: unknown): error is CommitConflict | CommitStateUnknown {
  return error instanceof CommitConflict || error instanceof CommitStateUnknown;
}

/** Milliseconds to wait after the `tries`th failed try of a commit. */
export function commitBackoff(tries: number, random: () => number = Math.random): number {
  return backoff(tries, WAITS, random);
}

/**
 * Loads a table that has to be there; with `uuid`, one that has to be the same as before. Throws `TableUnusable` where it is
 * missing or another one.
 */
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
