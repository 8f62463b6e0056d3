/** The order of compacted files: that of the configuration, declared in the table, so that files can say that they have it. */
import { SORTED_BY } from '../cloudtrail/tables.js';
import { LAST_ADDED, type LoadedTable } from '../iceberg/catalog.js';
import { type Changes, commitUpdates } from '../iceberg/commit-updates.js';
import { sortOrderBy } from '../iceberg/metadata.js';
import { currentSchema } from '../iceberg/snapshot.js';
import { sortOrderIdOf } from '../iceberg/sort-order.js';
import { upkeepConfigOf } from '../run/config.js';
import { load, type UpkeepContext, type UpkeepTable } from './context.js';

/** Returns the columns that files of a table are sorted by (dotted names). */
export function sortedBy({ config }: UpkeepContext, { role }: UpkeepTable): readonly string[] {
  const configured: Readonly<Record<string, readonly string[]>> = upkeepConfigOf(config).sortBy;
  return configured[role] ?? SORTED_BY[role];
}

/** Loads a table, after declaring its order if it is not declared yet. With `dryRun`, the table is not changed. */
export async function loadWithOrder(
  context: UpkeepContext,
  table: UpkeepTable,
  dryRun: boolean,
): Promise<{ table: LoadedTable; sortOrderId: number | undefined }> {
  const { catalog, signal } = context;
  const sortBy = sortedBy(context, table);
  const loaded = await load(context, table);
  const ordered = dryRun
    ? loaded
    : await commitUpdates(catalog, loaded, (latest) => declarationOf(latest, sortBy), { signal });
  return { table: ordered, sortOrderId: sortOrderIdOf(ordered.metadata, sortBy) };
}

/** Makes the order the default one of the table, if it can be declared and is not. */
function declarationOf({ metadata }: LoadedTable, sortBy: readonly string[]): Changes {
  const known = sortOrderIdOf(metadata, sortBy);
  const id = metadata['default-sort-order-id'];
  const order = sortOrderBy(currentSchema(metadata), sortBy);
  if (order === undefined || (known !== undefined && id === known)) return [[], []];
  return [
    [{ type: 'assert-default-sort-order-id', 'default-sort-order-id': id }],
    known === undefined
      ? [
          { action: 'add-sort-order', 'sort-order': order },
          { action: 'set-default-sort-order', 'sort-order-id': LAST_ADDED },
        ]
      : [{ action: 'set-default-sort-order', 'sort-order-id': known }],
  ];
}
