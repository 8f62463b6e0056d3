/** The part of a run's input that comes from the configuration, which is frozen in the warehouse. */
import { createHash } from 'node:crypto';
import type { TableConfig } from '../../cloudtrail/table-config.js';
import { allowedFiles } from '../../config/allowed.js';
import type { Settings, SourceSettings } from '../../config/settings.js';
import { freezeTransform } from '../../ingest/transforms/modules.js';
import type { BackfillInput } from '../../protocol/messages.js';
import { type RunConfig, runConfigOf, runConfigRef, writeRunConfig } from '../../run/config.js';
import { storeKeysOfFolder } from '../../run/key-store.js';
import { openStore } from '../../storage/open.js';

/** The part of a workflow's input and memo that follows from the configuration. */
export interface FrozenRun {
  input: Pick<
    BackfillInput,
    'source' | 'config' | 'daysInFlight' | 'batchesInFlight' | 'groupBatches' | 'maxRejectRate' | 'retry'
  >;
  /** For people, and to detect a run with other locations or another configuration. */
  memo: { location: string; keyPrefix: string; warehouse: string; configuration: string };
}

/** A run that can be frozen: its input and memo are known, and nothing is written yet. */
export interface FreezableRun extends FrozenRun {
  config: RunConfig;
  /** Writes the configuration and public keys to the warehouse, where workers read them. */
  write(): Promise<void>;
}

/**
 * The input and memo of a run; the same for the same files and flags. Writes nothing yet. Throws `UserMistake` for a transform
 * that cannot be compiled, or that imports from outside of the project.
 */
export function freezableRun(settings: Settings, source: SourceSettings): FreezableRun {
  const { warehouse, integrity } = source;
  // Only once, because a transform may be edited at any moment.
  const config = runConfigOf(settings, source, frozenTables(settings, source));
  const write = async (): Promise<void> => {
    const store = openStore(warehouse);
    if (integrity.keys !== undefined) await storeKeysOfFolder(store, integrity.keys, Date.now());
    await writeRunConfig(store, config, warehouse);
  };
  return { ...frozenAs(settings, source, config), config, write };
}

/** Freezes a run: writes what workers read. */
export async function freezeRun(settings: Settings, source: SourceSettings): Promise<FrozenRun> {
  const { input, memo, write } = freezableRun(settings, source);
  await write();
  return { input, memo };
}

function frozenAs({ ingest, maxRejectRate, retry }: Settings, source: SourceSettings, config: RunConfig): FrozenRun {
  const { name, location, keyPrefix, warehouse } = source;
  const { daysInFlight, batchesInFlight, groupBatches } = ingest;
  const ref = runConfigRef(config, warehouse);
  return {
    input: { source: name, config: ref, daysInFlight, batchesInFlight, groupBatches, maxRejectRate, retry },
    memo: { location, keyPrefix, warehouse, configuration: contentHash(config) },
  };
}

/** A hash of everything that determines the tables and their rows. It is compared with hashes made by older versions. */
function contentHash({ keyPattern, catalog, tables, enrich, deduplicate, integrity }: RunConfig): string {
  const content = { keyPattern, catalog, tables, enrich, deduplicate, integrity };
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

/** The tables, with the hash of every module that a transform imports. */
function frozenTables({ projectDir, worker: { allow } }: Settings, { tables }: SourceSettings): TableConfig[] {
  const allowed = allowedFiles(projectDir, allow);
  return tables.map((table) =>
    table.transform === undefined ? table : { ...table, transform: freezeTransform(table.transform.path, allowed) },
  );
}
