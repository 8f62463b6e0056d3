/** What any writer may do to a table at any time: expire any snapshot but the current one. */
import { TABLE_ROLES, type TableRole } from '../../cloudtrail/tables';
import type { Catalog } from '../../iceberg/catalog';
import { keyOf } from '../../iceberg/location';
import type { Snapshot } from '../../iceberg/metadata';
import { createStorageCatalog } from '../../iceberg/storage-catalog';
import { identifierOf } from '../../run/config';
import type { RunContext } from '../../run/context';

/** Expires the chosen snapshots of all tables, except the current ones, as another process. Returns their number. */
export async function expire(
  { config, warehouse }: RunContext,
  choose: (snapshot: Snapshot, role: TableRole) => boolean = () => true,
): Promise<number> {
  const catalog = createStorageCatalog(warehouse);
  let expired = 0;
  for (const role of TABLE_ROLES) {
    const table = await catalog.loadTable(identifierOf(config, role));
    if (table === undefined) continue;
    const { snapshots, 'current-snapshot-id': current } = table.metadata;
    const chosen = snapshots.filter((one) => one['snapshot-id'] !== current && choose(one, role));
    if (chosen.length === 0) continue;
    const ids = chosen.map((one) => one['snapshot-id']);
    await catalog.commit(table, [], [{ action: 'remove-snapshots', 'snapshot-ids': ids }]);
    // At once, as Spark's `expire_snapshots` does.
    for (const { 'manifest-list': list } of chosen) await warehouse.delete(keyOf(warehouse, list));
    expired += ids.length;
  }
  return expired;
}

/** A worker of the version before table properties: it neither reads nor sets them. */
export function ofEarlierVersion<Run extends RunContext>(run: Run): Run {
  const { catalog } = run;
  const whole = new WeakMap<object, Awaited<ReturnType<Catalog['commit']>>>();
  const without: Catalog = {
    description: catalog.description,
    ensureTable: async (...call) => hidden(await catalog.ensureTable(...call)),
    loadTable: async (...call) => {
      const table = await catalog.loadTable(...call);
      return table && hidden(table);
    },
    commit: async (table, requirements, updates, signal) => {
      const kept = updates.filter(({ action }) => action !== 'set-properties');
      return hidden(await catalog.commit(whole.get(table) ?? table, requirements, kept, signal));
    },
  };
  function hidden(table: Awaited<ReturnType<Catalog['commit']>>): typeof table {
    const one = { ...table, metadata: { ...table.metadata, properties: {} } };
    whole.set(one, table);
    return one;
  }
  return { ...run, catalog: without };
}
