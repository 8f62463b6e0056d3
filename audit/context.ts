/** What an audit works with. It reads the bucket and the tables, and changes nothing in either. */

import { TABLE_ROLES, type TableRole } from '../cloudtrail/tables.js';
import { Damaged } from '../errors/index.js';
import type { Catalog } from '../iceberg/catalog.js';
import { manifestsOf } from '../iceberg/manifest-files.js';
import { snapshotById } from '../iceberg/snapshot.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import { identifierOf, type RunConfig } from '../run/config.js';
import { type LoadedTables, lostVersions } from '../run/lost-versions.js';
import type { ObjectStore } from '../storage/object-store.js';

/** The run, and what the audit works with. */
export interface AuditContext {
  config: Pick<RunConfig, 'source' | 'catalog' | 'keyPrefix' | 'keyPattern' | 'ingest'>;
  bucket: ObjectStore;
  warehouse: ObjectStore;
  catalog: Catalog;
  pool: DecoderPool;
  signal: AbortSignal;
}

/** A table that cannot be read; nothing is known of its rows. */
export interface DamagedTable {
  role: TableRole;
  table: string;
  damage: Damaged;
}

/**
 * Loads all tables, whether the configuration wants them or not. A table that cannot be loaded, whose manifest list
 * cannot be read, or that lacks its newest versions is among the damaged ones instead.
 */
export async function loadAuditedTables({
  catalog,
  config,
  signal,
}: Pick<AuditContext, 'catalog' | 'config' | 'signal'>): Promise<{ tables: LoadedTables; damaged: DamagedTable[] }> {
  const tables: LoadedTables = {};
  const damaged: DamagedTable[] = [];
  for (const role of TABLE_ROLES) {
    const identifier = identifierOf(config, role);
    try {
      const table = await catalog.loadTable(identifier, signal);
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
  for (const { role, table, damage } of await lostVersions({ catalog, config }, tables, looked, signal)) {
    damaged.push({ role, table, damage });
    delete tables[role];
  }
  return { tables, damaged };
}

/** Was any table committed to between the two? */
export function haveChanged(before: LoadedTables, now: LoadedTables): boolean {
  return TABLE_ROLES.some((role) => before[role]?.metadataLocation !== now[role]?.metadataLocation);
}
