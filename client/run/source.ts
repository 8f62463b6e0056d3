/** The log source of the settings: checks its bucket, and opens its stores in this process. */
import { LOGS_FOLDER } from '../../cloudtrail/object-key.js';
import type { Settings, SourceSettings } from '../../config/settings.js';
import { UserMistake } from '../../errors/index.js';
import { openCatalog } from '../../iceberg/open-catalog.js';
import { noLogs } from '../../plan/no-logs.js';
import { runConfigOf } from '../../run/config.js';
import type { RunContext } from '../../run/context.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { checkReadable, openStore } from '../../storage/open.js';

/** The source of the settings; throws a {@link UserMistake} if none is configured. */
export function configuredSource({ source }: Settings): SourceSettings {
  if (source !== undefined && source.location !== '') return source;
  throw new UserMistake(
    'No location of CloudTrail files is configured.',
    'Use --location URI (s3://bucket/prefix or a directory: the parent of AWSLogs/), or run `trailmill init` and set ingest.location in log_source.yml.',
  );
}

/** Like {@link configuredSource}, and checks that the location can be listed and has CloudTrail files. */
export async function readableSource(settings: Settings): Promise<SourceSettings> {
  const source = configuredSource(settings);
  await checkReadable(source.location);
  await checkSource(openStore(source.location), source);
  return source;
}

/** Throws a {@link UserMistake} if the location has no CloudTrail files; it says where they are instead, and what to set. */
export async function checkSource(store: ObjectStore, source: SourceSettings): Promise<void> {
  const prefix = source.keyPrefix === '' ? '' : `${source.keyPrefix}/`;
  for await (const page of store.list(`${prefix}${LOGS_FOLDER}/`, { delimiter: '/', onUnusable: () => {} }))
    if (page.prefixes.length > 0 || page.objects.length > 0) return;
  throw await noLogs(store, source);
}

/** The context of a command that runs in this process: bucket, warehouse and catalog, opened but not yet read. */
export function openRun(settings: Settings, source: SourceSettings): RunContext {
  const config = runConfigOf(settings, source);
  const warehouse = openStore(source.warehouse);
  return { config, warehouse, bucket: openStore(source.location), catalog: openCatalog(source.catalog, warehouse) };
}
