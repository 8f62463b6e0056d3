/** What a run is told: the configuration as it is now, frozen in the warehouse, and how the work is cut. */
import { createHash } from 'node:crypto';
import { type RunConfig, writeRunConfig } from '../activities/run-config.js';
import type { Settings, SourceSettings } from '../config/settings.js';
import { openStore } from '../storage/open.js';
import type { BackfillInput } from '../workflows/messages.js';

export interface FrozenRun {
  input: Pick<BackfillInput, 'source' | 'config' | 'daysInFlight' | 'batchesInFlight' | 'groupBatches' | 'retry'>;
  /** For people, and to tell apart what reads from or writes to somewhere else, or does other things there. */
  memo: { location: string; keyPrefix: string; warehouse: string; configuration: string };
}

/** Writes the configuration into the warehouse. */
export async function freezeRun(settings: Settings, source: SourceSettings): Promise<FrozenRun> {
  const { ingest, retry } = settings;
  const { name, location, keyPrefix, keyPattern, warehouse, catalog, tables, enrich, deduplicate } = source;
  const content = { keyPattern, catalog, tables, enrich, deduplicate };
  const run: RunConfig = { source: name, location, keyPrefix, ...content, ingest };
  const config = await writeRunConfig(openStore(warehouse), run, warehouse);
  const { daysInFlight, batchesInFlight, groupBatches } = ingest;
  const configuration = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  return {
    input: { source: name, config, daysInFlight, batchesInFlight, groupBatches, retry },
    memo: { location, keyPrefix, warehouse, configuration },
  };
}
