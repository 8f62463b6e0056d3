/** What every activity of a run works with: the configuration, the two stores and the tables. */
import type { TableKey } from '../cloudtrail/routing.js';
import { NAMESPACE, TABLE_ROLES, type TableRole, tablesOf } from '../cloudtrail/tables.js';
import type { Catalog, LoadedTable } from '../iceberg/catalog.js';
import { type CatalogSettings, storageCatalog, withoutHeaders } from '../iceberg/catalog-settings.js';
import { evolveTable } from '../iceberg/evolve-table.js';
import { schemaOf } from '../iceberg/schema.js';
import type { ColumnSpec } from '../iceberg/types.js';
import type { DecoderPool } from '../ingest/decoder-pool.js';
import type { ObjectStore } from '../storage/object-store.js';
import type { RunConfigRef } from '../workflows/messages.js';
import { type Accepted, acceptedPlace, assertAccepted, assertContent } from './accepted.js';
import { type LoadedTables, lostVersions } from './lost-versions.js';
import { identifierOf, type RunConfig } from './run-config.js';
import { type Report, reportingCatalog } from './run-events.js';

/** The outside world, handed in by the worker process. */
export interface ActivityDependencies {
  /** Runs of other warehouses, with other catalogs or with files from elsewhere are refused. */
  accepted: Accepted;
  openStore(address: string): ObjectStore;
  openCatalog(settings: CatalogSettings, warehouse: ObjectStore): Catalog;
  pool: DecoderPool;
  /** Told of what runs do. */
  report: Report;
}

export interface RunContext {
  config: RunConfig;
  warehouse: ObjectStore;
  bucket: ObjectStore;
  catalog: Catalog;
  /** Told of what the run does; absent where nobody listens. */
  report?: Report;
  /** Where modules of transforms may lie; absent: anywhere. */
  files?: readonly string[];
}

/**
 * The one way from the reference in a workflow's input to what activities work with. Configurations never change (their
 * name is their hash), so each is read once a process.
 */
export function runContexts(dependencies: ActivityDependencies): (ref: RunConfigRef) => Promise<RunContext> {
  const known = new Map<RunConfigRef, Promise<RunContext>>();
  const open = async (ref: RunConfigRef): Promise<RunContext> => {
    const { accepted } = dependencies;
    const { warehouse: address, key } = acceptedPlace(ref, accepted);
    const warehouse = dependencies.openStore(address);
    const { body } = await warehouse.get(key);
    assertContent(ref, key, body);
    // One that an older version wrote says nothing of catalogs: it had only one.
    type Written = Omit<RunConfig, 'catalog'> & Partial<Pick<RunConfig, 'catalog'>>;
    const written = JSON.parse(body.toString('utf8')) as Written;
    const config: RunConfig = { ...written, catalog: withoutHeaders(written.catalog ?? storageCatalog(NAMESPACE)) };
    assertAccepted(ref, config, accepted);
    const settings = withOwnHeaders(config.catalog, accepted);
    return {
      files: accepted.files,
      config,
      warehouse,
      bucket: dependencies.openStore(config.location),
      catalog: reportingCatalog(dependencies.openCatalog(settings, warehouse), dependencies.report),
      report: dependencies.report,
    };
  };
  return (ref) => {
    let context = known.get(ref);
    if (context === undefined) {
      context = open(ref);
      known.set(ref, context);
      context.catch(() => known.delete(ref));
    }
    return context;
  };
}

/** With the headers that this worker's configuration has: run configurations say nothing of them. */
function withOwnHeaders(catalog: CatalogSettings, { catalog: own }: Accepted): CatalogSettings {
  if (catalog.type !== 'rest' || own?.type !== 'rest' || own.rest.headers === undefined) return catalog;
  return { ...catalog, rest: { ...catalog.rest, headers: own.rest.headers } };
}

export type Tables = Partial<Record<TableKey, LoadedTable>> & Record<'rejects' | 'ledger', LoadedTable>;

/**
 * Loads the source's tables, makes those that are not there yet, and gives them the columns that they lack. Throws `Damaged`,
 * before anything is written, where one of them was there once or has lost versions.
 */
export async function openTables({ catalog, config }: Pick<RunContext, 'catalog' | 'config'>): Promise<Tables> {
  const definitions = tablesOf(config.source, config.tables);
  const roles = TABLE_ROLES.filter((role) => definitions[role] !== undefined);
  const found = await loadTables({ catalog, config }, roles);
  const [lost] = await lostVersions({ catalog, config }, found, roles);
  if (lost !== undefined) throw lost.damage;
  const tables = await Promise.all(
    roles.map(async (role) => {
      const { columns } = definitions[role] as { columns: readonly ColumnSpec[] };
      const table =
        found[role] ??
        (await catalog.ensureTable(identifierOf(config, role), { schema: schemaOf(columns), partitionByDayOf: 'ts' }));
      return [role, await evolveTable(catalog, table, columns)] as const;
    }),
  );
  return Object.fromEntries(tables) as unknown as Tables;
}

/** The tables of some roles that are there. */
export async function loadTables(
  { catalog, config }: Pick<RunContext, 'catalog' | 'config'>,
  roles: readonly TableRole[],
): Promise<LoadedTables> {
  const tables = await Promise.all(
    roles.map(async (role) => [role, await catalog.loadTable(identifierOf(config, role))] as const),
  );
  return Object.fromEntries(tables.filter(([, table]) => table !== undefined));
}
