/**
 * The configuration of a run, frozen in the work area when it starts: a workflow carries only its address, and every
 * worker reads the same. Its name is its content's hash, so it cannot change under a run.
 */
import { createHash, type Hash } from 'node:crypto';
import type { TableConfig } from '../cloudtrail/table-config.js';
import { type TableRole, tableNameOf } from '../cloudtrail/tables.js';
import type { Settings, SourceSettings } from '../config/settings.js';
import type { TableIdentifier } from '../iceberg/catalog.js';
import { withoutHeaders } from '../iceberg/catalog-settings.js';
import type { RunConfigRef } from '../protocol/messages.js';
import { keyAddress, withoutOptions } from '../storage/address.js';
import type { ObjectStore } from '../storage/object-store.js';
import { RUN_CONFIG, type RunConfig } from './config-schema.js';
import { WORK_AREA } from './work-area.js';
import { explainReadOnly } from './writable.js';

/** Everything that an activity has to know of the configuration. */
export type { RunConfig } from './config-schema.js';

/**
 * The configuration of a run, made of what the files and flags say. Headers of the catalog, which may be secrets, are left out.
 * @param tables those of the source, with transforms that cannot change any more where the run is to be handed to a worker
 */
export function runConfigOf(
  { ingest }: Pick<Settings, 'ingest'>,
  source: SourceSettings,
  tables: readonly TableConfig[] = source.tables,
): RunConfig {
  const { name, location, keyPrefix, keyPattern, catalog, enrich, deduplicate } = source;
  return {
    source: name,
    location,
    keyPrefix,
    keyPattern,
    catalog: withoutHeaders(catalog),
    tables,
    enrich,
    deduplicate,
    ingest,
  };
}

/** Every key that a configuration can have. */
export const CONFIG_KEY = new RegExp(`^${WORK_AREA}/config/[0-9a-f]{32}\\.json$`);

/** The key of a configuration by the SHA-256 of its text, whatever its format is. */
export function configKeyOf(hash: Hash): string {
  return `${WORK_AREA}/config/${hash.digest('hex').slice(0, 32)}.json`;
}

/** What is written of a configuration, and under which key of the warehouse. */
function written(config: RunConfig): { key: string; body: Buffer } {
  const body = Buffer.from(JSON.stringify(RUN_CONFIG.written(config), null, 1));
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
  await explainReadOnly(warehouse, warehouse.put(key, body));
  return keyAddress(address, key);
}

/** Splits a reference into the address of the warehouse and the key in it; `undefined` where it is no reference. */
export function splitRef(ref: RunConfigRef): { warehouse: string; key: string } | undefined {
  const place = withoutOptions(ref);
  const at = place.lastIndexOf(`/${WORK_AREA}/`);
  if (at < 0) return undefined;
  return { warehouse: `${place.slice(0, at)}${ref.slice(place.length)}`, key: place.slice(at + 1) };
}

/** The name of one of the run's tables in its catalog. */
export function identifierOf(
  { source, catalog }: Pick<RunConfig, 'source' | 'catalog'>,
  role: TableRole,
): TableIdentifier {
  return { namespace: catalog.namespace, name: tableNameOf(source, role) };
}
