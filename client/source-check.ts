/** Is there a CloudTrail bucket at the location? Asked before any work starts, with one or two listings. */
import type { Settings, SourceSettings } from '../config/settings.js';
import { UserMistake } from '../errors/index.js';
import type { ObjectStore } from '../storage/object-store.js';
import { checkReadable, openStore } from '../storage/open.js';

const FOLDER = 'AWSLogs/';

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

/** Throws a {@link UserMistake} that says where `AWSLogs/` is instead, when it is near. */
export async function checkSource(store: ObjectStore, source: SourceSettings): Promise<void> {
  const prefix = source.keyPrefix === '' ? '' : `${source.keyPrefix}/`;
  if (await hasAny(store, `${prefix}${FOLDER}`)) return;
  throw new UserMistake(
    `There is no ${FOLDER} under ${store.uri}/${prefix}, so no CloudTrail files.`,
    (await whereInstead(store, prefix)) ??
      'CloudTrail writes to <key prefix>/AWSLogs/: check --location and --key-prefix.',
  );
}

async function whereInstead(store: ObjectStore, prefix: string): Promise<string | undefined> {
  if (/\/AWSLogs$/.test(store.uri))
    return `Give the directory around it: --location ${store.uri.slice(0, -FOLDER.length)}`;
  if (prefix !== '' && (await hasAny(store, FOLDER)))
    return 'It is right there without a key prefix: leave --key-prefix out.';
  for await (const page of store.list(prefix, { delimiter: '/' })) {
    for (const folder of page.prefixes) {
      if (await hasAny(store, `${folder}${FOLDER}`)) return `It is one level down: --key-prefix ${folder.slice(0, -1)}`;
    }
    // One page of guesses is enough help.
    break;
  }
  return undefined;
}

async function hasAny(store: ObjectStore, prefix: string): Promise<boolean> {
  for await (const page of store.list(prefix, { delimiter: '/' })) {
    if (page.prefixes.length > 0 || page.objects.length > 0) return true;
  }
  return false;
}
