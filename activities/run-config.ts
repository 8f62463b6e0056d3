/**
 * The configuration of a run, frozen in the work area when it starts: a workflow carries only its address, and every
 * worker reads the same. Its name is its content's hash, so it cannot change under a run.
 */
import { createHash } from 'node:crypto';
import type { DeduplicateConfig, EnrichConfig, TableConfig } from '../cloudtrail/table-config.js';
import type { IngestSettings } from '../config/settings.js';
import { TableUnusable } from '../errors/index.js';
import { type ObjectStore, objectUri } from '../storage/object-store.js';
import type { RunConfigRef } from '../workflows/messages.js';
import { WORK_AREA } from './work-area.js';

export interface RunConfig {
  /** Log source name. */
  source: string;
  /** URI of the bucket. */
  location: string;
  /** Before `AWSLogs/`, without slashes at its ends. */
  keyPrefix: string;
  /** A regular expression: of what comes after the prefix, only keys with a match are read. */
  keyPattern?: string;
  ingest: IngestSettings;
  /** Those that are wanted. Objects that belong to another are entered in the ledger as skipped. */
  tables: readonly TableConfig[];
  enrich?: EnrichConfig;
  /** Absent: repeated events are kept. */
  deduplicate?: DeduplicateConfig;
}

/** Writes the configuration and returns its address, from which a worker also learns the warehouse. */
export async function writeRunConfig(warehouse: ObjectStore, config: RunConfig): Promise<RunConfigRef> {
  const body = Buffer.from(JSON.stringify(config, null, 1));
  const key = `${WORK_AREA}/config/${createHash('sha256').update(body).digest('hex').slice(0, 32)}.json`;
  await warehouse.put(key, body);
  return objectUri(warehouse, key);
}

/** Splits an address into the warehouse's URI and the key in it. */
export function splitRef(ref: RunConfigRef): { warehouseUri: string; key: string } {
  const at = ref.lastIndexOf(`/${WORK_AREA}/`);
  if (at < 0) throw new TableUnusable(`${ref} is not the address of a run configuration.`);
  return { warehouseUri: ref.slice(0, at), key: ref.slice(at + 1) };
}
