/** `trailmill check`: explains the resulting configuration, and checks that everything in it can be reached. Starts no work. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TEMPORAL_FILE } from '../../config/defaults.js';
import { readKeyDirectory } from '../../config/integrity.js';
import type { SourceSettings } from '../../config/settings.js';
import { withoutHeaders } from '../../iceberg/catalog-settings.js';
import type { KeyRing } from '../../integrity/keys.js';
import { configuredSource } from '../run/source.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { settingsFor } from '../session/settings.js';
import { EXIT } from '../terminal/failure.js';
import { explainTables, remarksOn } from './explain.js';
import { probe } from './probes.js';
import { renderConfiguredTables, renderFiles, renderProbes } from './render.js';
import { renderTransforms } from './render-transforms.js';
import { checkTransforms } from './transforms.js';

interface CheckOptions extends GlobalOptions {
  location?: string;
  keyPrefix?: string;
  warehouse?: string;
  columns?: boolean;
  sample: number;
  show: number;
}

/**
 * Explains and probes the configuration. The exit code is 2 for a mistake in a transform, and 1 if something cannot be reached or
 * a transform rejects so many records that a run would pause.
 */
export async function run(context: CommandContext<CheckOptions>): Promise<number> {
  const { io, output, options } = context;
  const settings = settingsFor(context);
  const source = configuredSource(settings);
  const { projectDir } = settings;
  const keys = source.integrity.keys && readKeyDirectory(source.integrity.keys);
  const files = [...(existsSync(join(projectDir, TEMPORAL_FILE)) ? [TEMPORAL_FILE] : []), ...source.files];
  const tables = explainTables(source);
  const remarks = remarksOn(source);
  output.say(renderFiles(projectDir, files));
  output.say(renderConfiguredTables(tables, source, remarks, options.columns === true, keys?.size));
  const transforms = await checkTransforms(settings, source, { rows: options.sample, show: options.show });
  const transformed = renderTransforms(transforms);
  if (transformed !== '') output.say(transformed);
  output.say();
  const probes = await probe(settings, source, io.now());
  const mistaken = transforms.some(({ mistakes }) => mistakes.length > 0);
  const pauses = transforms.some(({ wouldPause }) => wouldPause);
  const ok = !mistaken && !pauses && probes.every(({ state }) => state !== 'failed');
  output.say(renderProbes(probes));
  output.value({
    ok,
    project: projectDir,
    files,
    source: summaryOf(source, keys),
    tables,
    remarks,
    transforms,
    probes,
  });
  if (mistaken) return EXIT.mistake;
  return ok ? EXIT.ok : EXIT.failedWork;
}

function summaryOf(source: SourceSettings, keys: KeyRing | undefined): object {
  const { name, location, keyPrefix, keyPattern, warehouse, catalog, enrich, deduplicate, integrity } = source;
  const optional = { keyPattern: keyPattern ?? null, enrich: enrich ?? null, deduplicate: deduplicate ?? null };
  return {
    ...{ name, location, keyPrefix, ...optional },
    integrity: {
      mode: integrity.mode,
      bucket: integrity.bucket ?? null,
      keys: integrity.keys?.directory ?? null,
      fingerprints: keys === undefined ? null : [...keys.keys()],
      holdHours: integrity.mode === 'required' ? integrity.holdHours : null,
    },
    ...{ warehouse, catalog: withoutHeaders(catalog) },
  };
}
