/** What an audit works with. It reads the bucket and the tables, and changes nothing in either. */

import { TABLE_ROLES, type TableRole } from '../cloudtrail/tables.js';
import type { Catalog, LoadedTable } from '../iceberg/catalog.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import { identifierOf, type RunConfig } from '../run/config.js';
import type { ObjectStore } from '../storage/object-store.js';

export interface AuditContext {
  config: Pick<RunConfig, 'source' | 'catalog' | 'keyPrefix' | 'keyPattern' | 'ingest'>;
  bucket: ObjectStore;
  warehouse: ObjectStore;
  catalog: Catalog;
  pool: DecoderPool;
  signal: AbortSignal;
}

/** Those that are there: an audit makes none. */
export type AuditedTables = Partial<Record<TableRole, LoadedTable>>;

export const DATA_ROLES = ['default', 'insights', 'digest'] as const;
export type DataRole = (typeof DATA_ROLES)[number];

/** All tables as they are now, whether a configuration still wants them or not. */
export async function loadTables({ catalog, config }: AuditContext): Promise<AuditedTables> {
  const tables: AuditedTables = {};
  for (const role of TABLE_ROLES) {
    const table = await catalog.loadTable(identifierOf(config, role));
    if (table !== undefined) tables[role] = table;
  }
  return tables;
}

/** Has somebody committed since? */
export function haveMoved(before: AuditedTables, now: AuditedTables): boolean {
  return TABLE_ROLES.some((role) => before[role]?.metadataLocation !== now[role]?.metadataLocation);
}
