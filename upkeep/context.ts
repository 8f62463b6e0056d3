/** What upkeep needs. It reads and rewrites the tables, and deletes what they no longer use. It does not read the bucket. */

import { TABLE_ROLES, type TableRole, tableNameOf } from '../cloudtrail/tables.js';
import type { Compactor } from '../compact/compactor.js';
import type { LoadedTable, TableIdentifier } from '../iceberg/catalog.js';
import { loadExistingTable } from '../iceberg/retry.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import { identifierOf } from '../run/config.js';
import type { RunContext } from '../run/context.js';
import { assertWritable } from '../run/writable.js';
import type { PlannedFiles } from './planned-files.js';

/** An opened run, with the threads that read and write Parquet files. */
export interface UpkeepContext extends RunContext {
  pool: DecoderPool;
  signal: AbortSignal;
  compactor: Compactor;
  /** A directory of this machine for compactions. */
  tempDir: string;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** The same for all tables of an upkeep. */
  plannedFiles: PlannedFiles;
}

/** A table of the run. */
export interface UpkeepTable {
  role: TableRole;
  identifier: TableIdentifier;
}

/** No partition is older: days since 1970-01-01. */
export const FIRST_DAY = -1_000_000;

/**
 * Returns the names of the tables that exist, whether or not they are configured. Throws `StorageAccessDenied` if the warehouse
 * is read-only; with `dryRun`, it may be.
 */
export async function findTables(context: UpkeepContext, { dryRun = false }: { dryRun?: boolean }): Promise<string[]> {
  const { catalog, config, warehouse, signal } = context;
  if (!dryRun) await assertWritable(warehouse, signal);
  const tables: string[] = [];
  // One after the other: after years without upkeep, the metadata of a table takes hundreds of megabytes.
  for (const role of TABLE_ROLES) {
    const identifier = identifierOf(config, role);
    if ((await catalog.loadTable(identifier, signal)) !== undefined) tables.push(identifier.name);
  }
  return tables;
}

/** Returns the role of a table of the run by its name. */
export function tableOf({ config }: UpkeepContext, name: string): UpkeepTable {
  const role = TABLE_ROLES.find((known) => tableNameOf(config.source, known) === name);
  if (role === undefined) throw new Error(`${name} is not a table of ${config.source}`);
  return { role, identifier: identifierOf(config, role) };
}

/** Loads a table that exists. */
export function load({ catalog, signal }: UpkeepContext, { identifier }: UpkeepTable): Promise<LoadedTable> {
  return loadExistingTable(catalog, identifier, { signal });
}
