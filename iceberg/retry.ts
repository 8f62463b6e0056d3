/** What every commit does that may meet another one: load, try, wait a little, load again. */
import { CommitConflict, CommitStateUnknown, TableUnusable } from '../errors/index.js';
import type { Catalog, LoadedTable, TableIdentifier } from './catalog.js';

/** With 20 writers at once one wins each round, so the last of them needs 20. */
export const MAX_TRIES = 20;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 2_000;

/** Is it worth looking at the table again? Nothing happened, or nobody knows. */
export function isRepeatable(error: unknown): error is CommitConflict | CommitStateUnknown {
  return error instanceof CommitConflict || error instanceof CommitStateUnknown;
}

/** Doubling with full jitter: writers that met once should not meet again. Milliseconds. */
export function backoff(tries: number, random: () => number): number {
  const ceiling = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (tries - 1));
  return Math.round(ceiling * (0.25 + 0.75 * random()));
}

/** Loads a table that has to be there; with `uuid`, one that has to be the same as before. */
export async function loadTable(catalog: Catalog, identifier: TableIdentifier, uuid?: string): Promise<LoadedTable> {
  const table = await catalog.loadTable(identifier);
  const name = `${identifier.namespace}.${identifier.name}`;
  if (!table) {
    throw new TableUnusable(
      `The table ${name} is not in the ${catalog.description}.`,
      'Run the command again: it creates the tables that it needs.',
    );
  }
  if (uuid !== undefined && table.metadata['table-uuid'] !== uuid)
    throw new TableUnusable(`The table ${name} was replaced during a commit.`);
  return table;
}
