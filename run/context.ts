/** What every activity of a run needs: the configuration, the two stores and the tables. */

import { INGEST_ROLES, type TableDefinition, type TableRole, tableNameOf, tablesOf } from '../cloudtrail/tables.js';
import { Damaged, UserMistake } from '../errors/index.js';
import type { Catalog, LoadedTable } from '../iceberg/catalog.js';
import { type CatalogSettings, withoutHeaders } from '../iceberg/catalog-settings.js';
import { toUnreadableFileError } from '../iceberg/damage.js';
import { evolveTable } from '../iceberg/evolve-table.js';
import { schemaOf } from '../iceberg/schema.js';
import { tableSettings } from '../iceberg/table-settings.js';
import type { RunConfigRef } from '../protocol/messages.js';
import type { ObjectStore } from '../storage/object-store.js';
import { type Accepted, acceptedPlace, assertAccepted, assertContent } from './accepted.js';
import { identifierOf, type RunConfig } from './config.js';
import { RUN_CONFIG } from './config-schema.js';
import { type Report, reportingCatalog } from './events.js';
import { type LoadedTables, lostVersions } from './lost-versions.js';
import { parseWork } from './versioned.js';

/** The dependencies that the worker process passes in. */
export interface RunDependencies {
  /** Runs with other warehouses, catalogs or files are refused. */
  accepted: Accepted;
  openStore(address: string): ObjectStore;
  openCatalog(settings: CatalogSettings, warehouse: ObjectStore): Catalog;
  /** Receives the events of all runs. */
  report: Report;
  /** Version of Trailmill. */
  version?: string;
}

/** An opened run. */
export interface RunContext {
  config: RunConfig;
  warehouse: ObjectStore;
  bucket: ObjectStore;
  catalog: Catalog;
  /** Receives the events of the run. If absent, they are dropped. */
  report?: Report;
  /** Files and directories that transforms may load modules from; absent means all. */
  files?: readonly string[];
  /** Version of Trailmill, which the ledger records. */
  version?: string;
}

/**
 * Returns a function that opens runs by the reference in a workflow's input. Configurations never change (their name is a
 * hash of the content), so each is read once per process. It throws `RunRefused` for runs that the worker does not accept,
 * and `Damaged` or `TableUnusable` for a configuration that cannot be read.
 */
export function runContexts(dependencies: RunDependencies): (ref: RunConfigRef) => Promise<RunContext> {
  const known = new Map<RunConfigRef, Promise<RunContext>>();
  const open = async (ref: RunConfigRef): Promise<RunContext> => {
    const { accepted } = dependencies;
    const { warehouse: address, key } = acceptedPlace(ref, accepted);
    const warehouse = dependencies.openStore(address);
    const { body } = await warehouse.get(key);
    assertContent(ref, key, body);
    const config = configOf(ref, body);
    assertAccepted(ref, config, accepted);
    const settings = withOwnHeaders(config.catalog, accepted);
    return {
      files: accepted.files,
      config,
      warehouse,
      bucket: dependencies.openStore(config.location),
      catalog: reportingCatalog(dependencies.openCatalog(settings, warehouse), dependencies.report),
      report: dependencies.report,
      version: dependencies.version,
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

/** Parses a configuration. Throws `Damaged` if it is not valid, and `TableUnusable` if a newer version wrote it. */
function configOf(ref: RunConfigRef, body: Buffer): RunConfig {
  try {
    const config = parseWork(body, RUN_CONFIG);
    return { ...config, catalog: withoutHeaders(config.catalog) };
  } catch (error) {
    throw toUnreadableFileError({ path: ref, kind: 'work file', of: 'the work area' }, error);
  }
}

/** Adds the headers of this worker's own configuration: run configurations have none. */
function withOwnHeaders(catalog: CatalogSettings, { catalog: own }: Accepted): CatalogSettings {
  if (catalog.type !== 'rest' || own?.type !== 'rest' || own.rest.headers === undefined) return catalog;
  return { ...catalog, rest: { ...catalog.rest, headers: own.rest.headers } };
}

/** A run's loaded tables by role. */
export type RunTables = Partial<Record<TableRole, LoadedTable>> & Record<'rejects' | 'ledger', LoadedTable>;

/**
 * Loads the tables of a run, creates those that do not exist yet, and adds missing columns and settings. Only plans call this, before any
 * batch or commit; those call {@link requireTables}. Throws `Damaged`, before anything is written, if a table that existed
 * before is gone or has lost versions.
 */
export async function ensureTables(
  run: Pick<RunContext, 'catalog' | 'config'>,
  signal?: AbortSignal,
): Promise<RunTables> {
  const { catalog, config } = run;
  const definitions = tablesOf(config.source, config.tables);
  const roles = rolesOf(config);
  const found = await loadIntactTables(run, roles, signal);
  const tables = await Promise.all(
    roles.map(async (role) => {
      const { columns, sortBy } = definitions[role] as TableDefinition;
      const settings = tableSettings(columns, sortBy);
      const create = { schema: schemaOf(columns), partitionByDayOf: 'ts', ...settings };
      const table = found[role] ?? (await catalog.ensureTable(identifierOf(config, role), create, signal));
      return [role, await evolveTable(catalog, table, columns, { settings, signal })] as const;
    }),
  );
  return Object.fromEntries(tables) as unknown as RunTables;
}

/** Loads the tables of a run, which its plan has created. Throws `Damaged` like {@link ensureTables}, and if a table is gone. */
export async function requireTables(
  run: Pick<RunContext, 'catalog' | 'config'>,
  signal?: AbortSignal,
): Promise<RunTables> {
  const { catalog, config } = run;
  const roles = rolesOf(config);
  const tables = await loadIntactTables(run, roles, signal);
  for (const role of roles) {
    if (tables[role] !== undefined) continue;
    const path = tableNameOf(config.source, role);
    const message = `The table ${path} is gone from the ${catalog.description}: it existed when the day was planned.`;
    throw new Damaged({ path, how: 'gone' }, message, 'Start the run again: its plan creates the table.');
  }
  return tables as RunTables;
}

/** The error of a command that needs tables, where there are none: without a ledger, the location is probably wrong. */
export function noLedger({ catalog, config }: Pick<RunContext, 'catalog' | 'config'>): UserMistake {
  return new UserMistake(
    `There is no table ${identifierOf(config, 'ledger').name} in the ${catalog.description}: nothing has been ingested there.`,
    'Check --warehouse and the name in log_source.yml, or start a backfill first.',
  );
}

function rolesOf({ source, tables }: Pick<RunConfig, 'source' | 'tables'>): TableRole[] {
  const definitions = tablesOf(source, tables);
  return INGEST_ROLES.filter((role) => definitions[role] !== undefined);
}

/** Loads the tables that exist, by role. Throws `Damaged` if one has lost versions. */
async function loadIntactTables(
  run: Pick<RunContext, 'catalog' | 'config'>,
  roles: readonly TableRole[],
  signal?: AbortSignal,
): Promise<LoadedTables> {
  const found = await loadTables(run, roles, signal);
  const [lost] = await lostVersions(run, found, roles, signal);
  if (lost !== undefined) throw lost.damage;
  return found;
}

/** Loads the tables of the given roles. Tables that do not exist are left out. */
export async function loadTables(
  { catalog, config }: Pick<RunContext, 'catalog' | 'config'>,
  roles: readonly TableRole[],
  signal?: AbortSignal,
): Promise<LoadedTables> {
  const tables = await Promise.all(
    roles.map(async (role) => [role, await catalog.loadTable(identifierOf(config, role), signal)] as const),
  );
  return Object.fromEntries(tables.filter(([, table]) => table !== undefined));
}
