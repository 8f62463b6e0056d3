/** Commits changes of a table that add no snapshot: to its schema, its sort orders or its properties. */
import { abortableDelay } from '../storage/cancellation.js';
import type { Catalog, LoadedTable, TableRequirement, TableUpdate } from './catalog.js';
import { commitBackoff, isRetryable, loadExistingTable, MAX_COMMIT_ATTEMPTS } from './retry.js';

/** What must hold, and what to change; nothing if there are no updates. */
export type Changes = [TableRequirement[], TableUpdate[]];

/** Options of {@link commitUpdates}. */
export interface UpdateOptions {
  signal?: AbortSignal;
  maxAttempts?: number;
  /** Milliseconds; for tests. */
  sleep?: (ms: number) => Promise<void>;
}

/**
 * Makes one commit, or none if there are no updates, and returns the table as it is then. The updates are computed again after
 * each conflict, and after a lost response, with the table as it is then.
 */
export async function commitUpdates(
  catalog: Catalog,
  table: LoadedTable,
  changesOf: (latest: LoadedTable) => Changes,
  options: UpdateOptions = {},
): Promise<LoadedTable> {
  const { signal, maxAttempts = MAX_COMMIT_ATTEMPTS } = options;
  const sleep = options.sleep ?? ((ms: number) => abortableDelay(ms, signal));
  const uuid = table.metadata['table-uuid'];
  let latest = table;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    const [requirements, updates] = changesOf(latest);
    if (updates.length === 0) return latest;
    try {
      // Not checked again: a catalog may omit settings that it does not know.
      return await catalog.commit(latest, [{ type: 'assert-table-uuid', uuid }, ...requirements], updates, signal);
    } catch (error) {
      if (!isRetryable(error) || attempt >= maxAttempts) throw error;
      await sleep(commitBackoff(attempt));
      latest = await loadExistingTable(catalog, table.identifier, { uuid, signal });
    }
  }
}
