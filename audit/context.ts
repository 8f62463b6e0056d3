/** What an audit needs. It reads the bucket and the tables, and changes neither. */

import { INGEST_ROLES, type TableRole } from '../cloudtrail/tables.js';
import { Damaged } from '../errors/index.js';
import type { Catalog } from '../iceberg/catalog.js';
import { manifestsOf } from '../iceberg/manifest-files.js';
import { snapshotById } from '../iceberg/snapshot.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import { identifierOf, type RunConfig } from '../run/config.js';
import { type LoadedTables, lostVersions } from '../run/lost-versions.js';
import type { ObjectStore } from '../storage/object-store.js';

/** The configuration of an audit, and the stores, catalog and threads that it uses. */
export interface AuditContext {
  config: Pick<RunConfig, 'source' | 'catalog' | 'keyPrefix' | 'keyPattern' | 'ingest' | 'tables' | 'integrity'>;
  bucket: ObjectStore;
  warehouse: ObjectStore;
  catalog: Catalog;
  pool: DecoderPool;
  signal: AbortSignal;
}

/** A table that cannot be read, so its rows are unknown. */
export interface DamagedTable {
  role: TableRole;
  table: string;
  damage: Damaged;
}

/**
 * Loads all tables, whether or not they are configured. A table is returned as damaged if it cannot be loaded, if its
 * manifest list cannot be read, or if it has lost its newest versions.
 */
export async function loadAuditedTables({
  catalog,
  config,
  signal,
}: Pick<AuditContext, 'catalog' | 'config' | 'signal'>): Promise<{ tables: LoadedTables; damaged: DamagedTable[] }> {
  const tables: LoadedTables = {};
  const damaged: DamagedTable[] = [];
  for (const role of INGEST_ROLES) {
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
  const readable = INGEST_ROLES.filter((role) => !damaged.some((one) => one.role === role));
  for (const { role, table, damage } of await lostVersions({ catalog, config }, tables, readable, signal)) {
    damaged.push({ role, table, damage });
    delete tables[role];
  }
  return { tables, damaged };
}

/** Tests whether any table has a new version. */
export function haveChanged(before: LoadedTables, now: LoadedTables): boolean {
  return INGEST_ROLES.some((role) => before[role]?.metadataLocation !== now[role]?.metadataLocation);
}
