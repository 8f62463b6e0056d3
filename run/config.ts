/**
 * The configuration of a run, written to the work area when the run starts: a workflow carries only its address, and every
 * worker reads the same file. The name is a hash of the content, so it cannot change during a run.
 */
import { createHash, type Hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { TableConfig } from '../cloudtrail/table-config.js';
import { type TableRole, tableNameOf } from '../cloudtrail/tables.js';
import type { IntegritySettings, Settings, SourceSettings, UpkeepSettings } from '../config/settings.js';
import { DEFAULT_UPKEEP } from '../config/upkeep.js';
import type { TableIdentifier } from '../iceberg/catalog.js';
import { withoutHeaders } from '../iceberg/catalog-settings.js';
import type { RunConfigRef } from '../protocol/messages.js';
import { keyAddress, withoutOptions } from '../storage/address.js';
import type { ObjectStore } from '../storage/object-store.js';
import { type IntegrityConfig, RUN_CONFIG, type RunConfig, type UpkeepConfig } from './config-schema.js';
import { WORK_AREA } from './work-keys.js';
import { explainReadOnly } from './writable.js';

/** See {@link RunConfig} in config-schema.ts. */
export type { RunConfig, UpkeepConfig } from './config-schema.js';

/**
 * Makes the configuration of a run from the settings of files and flags. Catalog headers, which may be secrets, are left out.
 * @param tables the source's tables; if a worker executes the run, with transforms that are frozen
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
    integrity: integrityOf(source.integrity),
    upkeep: upkeepOf(source.upkeep),
  };
}

/** `undefined` for the defaults, so that their configuration is the same as before the setting existed. */
function integrityOf({ mode, bucket, holdHours, keys }: IntegritySettings): IntegrityConfig | undefined {
  if (mode === 'record' && bucket === undefined && keys === undefined) return undefined;
  return {
    mode,
    ...(bucket === undefined ? {} : { bucket }),
    ...(mode === 'required' ? { holdHours } : {}),
    // Workers have the keys in the warehouse: the directory is only on the machine of the command.
    ...(keys === undefined ? {} : { keys: 'folder' }),
  };
}

/** `undefined` for the defaults, as in {@link integrityOf}. `scheduled` is a setting of schedules. */
function upkeepOf({ scheduled: _, ...given }: UpkeepSettings): UpkeepConfig | undefined {
  const { scheduled: __, ...defaults } = DEFAULT_UPKEEP;
  return isDeepStrictEqual(given, defaults) ? undefined : given;
}

/** The upkeep of a run. */
export function upkeepConfigOf({ upkeep = DEFAULT_UPKEEP }: Pick<RunConfig, 'upkeep'>): UpkeepConfig {
  return upkeep;
}

/** Matches the keys of run configurations. */
export const CONFIG_KEY = new RegExp(`^${WORK_AREA}/config/[0-9a-f]{32}\\.json$`);

/** Returns the key of a run configuration, given the SHA-256 of its text. */
export function configKeyOf(hash: Hash): string {
  return `${WORK_AREA}/config/${hash.digest('hex').slice(0, 32)}.json`;
}

/** Serializes a configuration, and returns its key in the warehouse and its text. */
function serialize(config: RunConfig): { key: string; body: Buffer } {
  const body = Buffer.from(JSON.stringify(RUN_CONFIG.toJson(config), null, 1));
  return { key: configKeyOf(createHash('sha256').update(body)), body };
}

/** Returns the address that the configuration has once it is written to the warehouse at `address`. */
export function runConfigRef(config: RunConfig, address: string): RunConfigRef {
  return keyAddress(address, serialize(config).key);
}

/**
 * Writes the configuration to the warehouse at `address` and returns its address, which also tells workers which warehouse
 * to use and how to connect to it. Throws `StorageAccessDenied` if the warehouse is read-only.
 */
export async function writeRunConfig(
  warehouse: ObjectStore,
  config: RunConfig,
  address: string = warehouse.uri,
): Promise<RunConfigRef> {
  const { key, body } = serialize(config);
  await explainReadOnly(warehouse, warehouse.put(key, body));
  return keyAddress(address, key);
}

/** Splits a reference into the warehouse's address and the key in it; `undefined` if it is not a reference. */
export function splitRef(ref: RunConfigRef): { warehouse: string; key: string } | undefined {
  const place = withoutOptions(ref);
  const at = place.lastIndexOf(`/${WORK_AREA}/`);
  if (at < 0) return undefined;
  return { warehouse: `${place.slice(0, at)}${ref.slice(place.length)}`, key: place.slice(at + 1) };
}

/** Returns the catalog identifier of one of the run's tables. */
export function identifierOf(
  { source, catalog }: Pick<RunConfig, 'source' | 'catalog'>,
  role: TableRole,
): TableIdentifier {
  return { namespace: catalog.namespace, name: tableNameOf(source, role) };
}
