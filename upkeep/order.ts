/** The order of compacted files: that of the configuration, declared in the table, so that files can say that they have it. */
import { SORTED_BY } from '../cloudtrail/tables.js';
import { LAST_ADDED, type LoadedTable, type TableUpdate } from '../iceberg/catalog.js';
import { sortOrderBy } from '../iceberg/metadata.js';
import { commitBackoff, isRetryable, loadExistingTable, MAX_COMMIT_ATTEMPTS } from '../iceberg/retry.js';
import { currentSchema } from '../iceberg/snapshot.js';
import { sortOrderIdOf } from '../iceberg/sort-order.js';
import { upkeepConfigOf } from '../run/config.js';
import { abortableDelay } from '../storage/cancellation.js';
import { load, type UpkeepContext, type UpkeepTable } from './context.js';

/** Returns the columns that files of a table are sorted by (dotted names). */
export function sortedBy({ config }: UpkeepContext, { role }: UpkeepTable): readonly string[] {
  const configured: Readonly<Record<string, readonly string[]>> = upkeepConfigOf(config).sortBy;
  return configured[role] ?? SORTED_BY[role];
}

/** Loads a table, after declaring its order if it is not declared yet. With `dryRun`, it stays as it is. */
export async function loadWithOrder(
  context: UpkeepContext,
  table: UpkeepTable,
  dryRun: boolean,
): Promise<{ table: LoadedTable; sortOrderId: number | undefined }> {
  const { catalog, signal } = context;
  const sortBy = sortedBy(context, table);
  let loaded = await load(context, table);
  for (let attempt = 1; ; attempt++) {
    const { metadata } = loaded;
    const known = sortOrderIdOf(metadata, sortBy);
    const order = sortOrderBy(currentSchema(metadata), sortBy);
    const isDefault = known !== undefined && metadata['default-sort-order-id'] === known;
    if (isDefault || order === undefined || dryRun) return { table: loaded, sortOrderId: known };
    const updates: TableUpdate[] =
      known === undefined
        ? [
            { action: 'add-sort-order', 'sort-order': order },
            { action: 'set-default-sort-order', 'sort-order-id': LAST_ADDED },
          ]
        : [{ action: 'set-default-sort-order', 'sort-order-id': known }];
    try {
      const id = metadata['default-sort-order-id'];
      loaded = await catalog.commit(
        loaded,
        [
          { type: 'assert-table-uuid', uuid: metadata['table-uuid'] },
          { type: 'assert-default-sort-order-id', 'default-sort-order-id': id },
        ],
        updates,
        signal,
      );
    } catch (error) {
      if (!isRetryable(error) || attempt >= MAX_COMMIT_ATTEMPTS) throw error;
      await abortableDelay(commitBackoff(attempt), signal);
      loaded = await loadExistingTable(catalog, table.identifier, { signal });
    }
  }
}
