/** What a run is told: the configuration as it is now, frozen in the warehouse, and how the work is cut. */
import { createHash } from 'node:crypto';
import { type RunConfig, runConfigRef, writeRunConfig } from '../activities/run-config.js';
import type { Settings, SourceSettings } from '../config/settings.js';
import { openStore } from '../storage/open.js';
import type { BackfillInput } from '../workflows/messages.js';

export interface FrozenRun {
  input: Pick<BackfillInput, 'source' | 'config' | 'daysInFlight' | 'batchesInFlight' | 'groupBatches' | 'retry'>;
  /** For people, and to tell apart what reads from or writes to somewhere else, or does other things there. */
  memo: { location: string; keyPrefix: string; warehouse: string; configuration: string };
}

/** The same for the same files and flags. Nothing is written: see {@link freezeRun}. */
export function frozenRun({ ingest, retry }: Settings, source: SourceSettings): FrozenRun {
  const { name, location, keyPrefix, warehouse } = source;
  const { daysInFlight, batchesInFlight, groupBatches } = ingest;
  const config = runConfigRef(runConfigOf(ingest, source), warehouse);
  const configuration = createHash('sha256')
    .update(JSON.stringify(contentOf(source)))
    .digest('hex');
  return {
    input: { source: name, config, daysInFlight, batchesInFlight, groupBatches, retry },
    memo: { location, keyPrefix, warehouse, configuration },
  };
}

/** The same, with the configuration written into the warehouse, where workers read it. */
export async function freezeRun(settings: Settings, source: SourceSettings): Promise<FrozenRun> {
  const { warehouse } = source;
  await writeRunConfig(openStore(warehouse), runConfigOf(settings.ingest, source), warehouse);
  return frozenRun(settings, source);
}

function runConfigOf(ingest: Settings['ingest'], source: SourceSettings): RunConfig {
  const { name, location, keyPrefix } = source;
  return { source: name, location, keyPrefix, ...contentOf(source), ingest };
}

/** What decides on the tables and their rows. */
function contentOf({ keyPattern, catalog, tables, enrich, deduplicate }: SourceSettings) {
  return { keyPattern, catalog, tables, enrich, deduplicate };
}
