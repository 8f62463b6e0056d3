/** What a run is told: the configuration as it is now, frozen in the warehouse, and how the work is cut. */
import { createHash } from 'node:crypto';
import { allowedFiles } from '../../config/allowed.js';
import type { Settings, SourceSettings } from '../../config/settings.js';
import { withoutHeaders } from '../../iceberg/catalog-settings.js';
import { freezeTransform } from '../../ingest/transforms/modules.js';
import type { BackfillInput } from '../../protocol/messages.js';
import { type RunConfig, runConfigRef, writeRunConfig } from '../../run/config.js';
import { openStore } from '../../storage/open.js';

/** The part of a workflow's input and memo that follows from the configuration. */
export interface FrozenRun {
  input: Pick<BackfillInput, 'source' | 'config' | 'daysInFlight' | 'batchesInFlight' | 'groupBatches' | 'retry'>;
  /** For people, and to tell apart what reads from or writes to somewhere else, or does other things there. */
  memo: { location: string; keyPrefix: string; warehouse: string; configuration: string };
}

/**
 * The same for the same files and flags. Nothing is written: see {@link freezeRun}. Throws `UserMistake` for a transform
 * that cannot be compiled, or that imports from outside of the project.
 */
export function frozenRun(settings: Settings, source: SourceSettings): FrozenRun {
  return frozenAs(settings, source, contentOf(settings, source));
}

function frozenAs({ ingest, retry }: Settings, source: SourceSettings, content: Content): FrozenRun {
  const { name, location, keyPrefix, warehouse } = source;
  const { daysInFlight, batchesInFlight, groupBatches } = ingest;
  const config = runConfigRef(runConfigOf(ingest, source, content), warehouse);
  const configuration = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  return {
    input: { source: name, config, daysInFlight, batchesInFlight, groupBatches, retry },
    memo: { location, keyPrefix, warehouse, configuration },
  };
}

/** The same, with the configuration written into the warehouse, where workers read it. */
export async function freezeRun(settings: Settings, source: SourceSettings): Promise<FrozenRun> {
  const { warehouse } = source;
  // Once: a transform may be edited at any moment.
  const content = contentOf(settings, source);
  await writeRunConfig(openStore(warehouse), runConfigOf(settings.ingest, source, content), warehouse);
  return frozenAs(settings, source, content);
}

function runConfigOf(ingest: Settings['ingest'], source: SourceSettings, content: Content): RunConfig {
  const { name, location, keyPrefix } = source;
  return { source: name, location, keyPrefix, ...content, ingest };
}

type Content = ReturnType<typeof contentOf>;

/** What decides on the tables and their rows: a transform with the hash of every module that it imports. */
function contentOf(
  { projectDir, worker: { allow } }: Settings,
  { keyPattern, catalog, tables, enrich, deduplicate }: SourceSettings,
) {
  const allowed = allowedFiles(projectDir, allow);
  const frozen = tables.map((table) =>
    table.transform === undefined ? table : { ...table, transform: freezeTransform(table.transform.path, allowed) },
  );
  return { keyPattern, catalog: withoutHeaders(catalog), tables: frozen, enrich, deduplicate };
}
