/**
 * The configuration of a run, frozen in the work area when it starts: a workflow carries only its address, and every
 * worker reads the same. Its name is its content's hash, so it cannot change under a run.
 */
import { createHash, type Hash } from 'node:crypto';
import type { DeduplicateConfig, EnrichConfig, TableConfig } from '../cloudtrail/table-config.js';
import { nameOf, type TableRole } from '../cloudtrail/tables.js';
import type { IngestSettings } from '../config/settings.js';
import type { TableIdentifier } from '../iceberg/catalog.js';
import type { CatalogSettings } from '../iceberg/catalog-settings.js';
import { keyAddress, placeOf } from '../storage/address.js';
import type { ObjectStore } from '../storage/object-store.js';
import type { RunConfigRef } from '../workflows/messages.js';
import { WORK_AREA } from './work-area.js';
import { orReadOnly } from './writable.js';

export interface RunConfig {
  /** Log source name. */
  source: string;
  /** Address of the bucket, with how to reach it. */
  location: string;
  /** Before `AWSLogs/`, without slashes at its ends. */
  keyPrefix: string;
  /** A regular expression: of what comes after the prefix, only keys with a match are read. */
  keyPattern?: string;
  catalog: CatalogSettings;
  ingest: IngestSettings;
  /** Those that are wanted. Objects that belong to another are entered in the ledger as skipped. */
  tables: readonly TableConfig[];
  enrich?: EnrichConfig;
  /** Absent: repeated events are kept. */
  deduplicate?: DeduplicateConfig;
}

/** Every key that a configuration can have. */
export const CONFIG_KEY = new RegExp(`^${WORK_AREA}/config/[0-9a-f]{32}\\.json$`);

/** The key of a configuration by the hash of its text. */
export function configKeyOf(hash: Hash): string {
  return `${WORK_AREA}/config/${hash.digest('hex').slice(0, 32)}.json`;
}

/** What is written of a configuration, and under which key of the warehouse. */
function written(config: RunConfig): { key: string; body: Buffer } {
  const body = Buffer.from(JSON.stringify(config, null, 1));
  return { key: configKeyOf(createHash('sha256').update(body)), body };
}

/** Where the configuration is once it is written into the warehouse at `address`. */
export function runConfigRef(config: RunConfig, address: string): RunConfigRef {
  return keyAddress(address, written(config).key);
}

/**
 * Writes the configuration into the warehouse at `address` and returns where it is: from that a worker also learns which
 * warehouse it is, and how to reach it.
 */
export async function writeRunConfig(
  warehouse: ObjectStore,
  config: RunConfig,
  address: string = warehouse.uri,
): Promise<RunConfigRef> {
  const { key, body } = written(config);
  await orReadOnly(warehouse, warehouse.put(key, body));
  return keyAddress(address, key);
}

/** Splits a reference into the address of the warehouse and the key in it; `undefined` for what is none. */
export function splitRef(ref: RunConfigRef): { warehouse: string; key: string } | undefined {
  const place = placeOf(ref);
  const at = place.lastIndexOf(`/${WORK_AREA}/`);
  if (at < 0) return undefined;
  return { warehouse: `${place.slice(0, at)}${ref.slice(place.length)}`, key: place.slice(at + 1) };
}

/** The name of one of the run's tables in its catalog. */
export function identifierOf(
  { source, catalog }: Pick<RunConfig, 'source' | 'catalog'>,
  role: TableRole,
): TableIdentifier {
  return { namespace: catalog.namespace, name: nameOf(source, role) };
}
