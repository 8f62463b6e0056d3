/** What an audit works with. It reads the bucket and the tables, and changes nothing in either. */
import { lostVersions } from '../activities/lost-versions.js';
import { identifierOf, type RunConfig } from '../activities/run-config.js';
import { TABLE_ROLES, type TableRole } from '../cloudtrail/tables.js';
import { Damaged } from '../errors/index.js';
import type { Catalog, LoadedTable } from '../iceberg/catalog.js';
import { manifestsOf } from '../iceberg/manifest-files.js';
import { snapshotById } from '../iceberg/snapshot.js';
import type { DecoderPool } from '../ingest/decoder-pool.js';
import type { ObjectStore } from '../storage/object-store.js';

export interface AuditContext {
  config: Pick<RunConfig, 'source' | 'catalog' | 'keyPrefix' | 'keyPattern' | 'ingest'>;
  bucket: ObjectStore;
  warehouse: ObjectStore;
  catalog: Catalog;
  pool: DecoderPool;
  signal: AbortSignal;
}

/** Those that are there and can be read: an audit makes none. */
export type AuditedTables = Partial<Record<TableRole, LoadedTable>>;

/** What keeps a table from being looked at: nothing can be said of its rows, of whatever day. */
export interface DamagedTable {
  role: TableRole;
  table: string;
  damage: Damaged;
}

export const DATA_ROLES = ['default', 'insights', 'digest'] as const;
export type DataRole = (typeof DATA_ROLES)[number];

/**
 * All tables as they are now, whether a configuration still wants them or not. One that cannot be loaded, whose manifest list
 * cannot be read, or that lacks its newest versions is among the damaged ones instead.
 */
export async function loadTables({
  catalog,
  config,
  signal,
}: Pick<AuditContext, 'catalog' | 'config' | 'signal'>): Promise<{ tables: AuditedTables; damaged: DamagedTable[] }> {
  const tables: AuditedTables = {};
  const damaged: DamagedTable[] = [];
  for (const role of TABLE_ROLES) {
    const identifier = identifierOf(config, role);
    try {
      const table = await catalog.loadTable(identifier);
      if (table === undefined) continue;
      const current = snapshotById(table.metadata, table.metadata['current-snapshot-id']);
      if (current !== undefined) await manifestsOf(table, current, signal);
      tables[role] = table;
    } catch (error) {
      if (!(error instanceof Damaged)) throw error;
      damaged.push({ role, table: identifier.name, damage: error });
    }
  }
  const looked = TABLE_ROLES.filter((role) => !damaged.some((one) => one.role === role));
  for (const { role, table, damage } of await lostVersions({ catalog, config }, tables, looked)) {
    damaged.push({ role, table, damage });
    delete tables[role];
  }
  return { tables, damaged };
}

/** Has somebody committed since? */
export function haveMoved(before: AuditedTables, now: AuditedTables): boolean {
  return TABLE_ROLES.some((role) => before[role]?.metadataLocation !== now[role]?.metadataLocation);
}
