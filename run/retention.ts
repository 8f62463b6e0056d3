/**
 * What retention has removed. The ledger keeps the rows of the objects, so that they are not ingested again, and its table
 * property says from which event day on each of the other tables is complete.
 */
import { TABLE_ROLES, type TableRole } from '../cloudtrail/tables.js';
import type { Catalog, LoadedTable, TableIdentifier } from '../iceberg/catalog.js';
import { commitUpdates } from '../iceberg/commit-updates.js';
import { loadExistingTable } from '../iceberg/retry.js';

/** Table property of the ledger: `default=2021-03-01,rejects=2021-03-01`. */
const KEPT_SINCE = 'trailmill.kept-since';

/** The first day of each table whose rows were not removed by retention, `YYYY-MM-DD`; tables without one are complete. */
export type KeptSince = ReadonlyMap<TableRole, string>;

/** Reads the property. Parts that another version or writer has written in another form are left out. */
export function keptSinceOf(ledger: Pick<LoadedTable, 'metadata'> | undefined): KeptSince {
  const text = ledger?.metadata.properties[KEPT_SINCE] ?? '';
  const kept = new Map<TableRole, string>();
  for (const [, name, day] of text.matchAll(/(\w+)=(\d{4}-\d\d-\d\d)/g)) {
    const role = TABLE_ROLES.find((known) => known === name);
    if (role !== undefined) kept.set(role, day);
  }
  return kept;
}

/**
 * Records, before the rows are removed, that a table is complete only from this day on. A later day that is already recorded
 * stays. Returns whether the ledger was changed.
 */
export async function recordKeptSince(
  catalog: Catalog,
  ledger: TableIdentifier,
  role: TableRole,
  day: string,
  signal?: AbortSignal,
): Promise<boolean> {
  let isNew = false;
  const table = await loadExistingTable(catalog, ledger, { signal });
  await commitUpdates(
    catalog,
    table,
    (latest) => {
      const kept = new Map(keptSinceOf(latest));
      isNew = (kept.get(role) ?? '') < day;
      if (!isNew) return [[], []];
      const text = [...kept.set(role, day)].map(([name, since]) => `${name}=${since}`).join(',');
      // The snapshot is required too: a REST catalog would accept concurrent changes of properties without it.
      const current = latest.metadata['current-snapshot-id'];
      return [
        [{ type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': current }],
        [{ action: 'set-properties', updates: { [KEPT_SINCE]: text } }],
      ];
    },
    { signal },
  );
  return isNew;
}
