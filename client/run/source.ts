/** The source of the settings: does it have a CloudTrail bucket, and its stores opened in this process. */
import { LOGS_FOLDER } from '../../cloudtrail/object-key.js';
import type { Settings, SourceSettings } from '../../config/settings.js';
import { UserMistake } from '../../errors/index.js';
import { openCatalog } from '../../iceberg/open-catalog.js';
import { noLogs } from '../../plan/no-logs.js';
import { runConfigOf } from '../../run/config.js';
import type { RunContext } from '../../run/context.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { checkReadable, openStore } from '../../storage/open.js';

/** The source of the settings; throws a {@link UserMistake} where nobody named one. */
export function configuredSource({ source }: Settings): SourceSettings {
  if (source !== undefined && source.location !== '') return source;
  throw new UserMistake(
    'No location is configured: nobody said where the CloudTrail files are.',
    'Give --location URI (s3://bucket/prefix or a directory: what holds AWSLogs/), or run `trailmill init` and set ingest.location in log_source.yml.',
  );
}

/** The same, once it is known that it can be listed, and that it has CloudTrail files. */
export async function readableSource(settings: Settings): Promise<SourceSettings> {
  const source = configuredSource(settings);
  await checkReadable(source.location);
  await checkSource(openStore(source.location), source);
  return source;
}

/** Throws a {@link UserMistake} that says where the files are instead, and what to set. */
export async function checkSource(store: ObjectStore, source: SourceSettings): Promise<void> {
  const prefix = source.keyPrefix === '' ? '' : `${source.keyPrefix}/`;
  for await (const page of store.list(`${prefix}${LOGS_FOLDER}/`, { delimiter: '/', onUnusable: () => {} }))
    if (page.prefixes.length > 0 || page.objects.length > 0) return;
  throw await noLogs(store, source);
}

/** The context of a command that works in its own process: bucket, warehouse and catalog, opened but not yet read. */
export function ownRun(settings: Settings, source: SourceSettings): RunContext {
  const config = runConfigOf(settings, source);
  const warehouse = openStore(source.warehouse);
  return { config, warehouse, bucket: openStore(source.location), catalog: openCatalog(source.catalog, warehouse) };
}
