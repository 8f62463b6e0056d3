/** Expires snapshots, merges manifests by day, deletes files that a table no longer uses, and maintains its index. */
import { ReplaceOutdated, StorageAccessDenied } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { keyOf } from '../iceberg/location.js';
import { expireSnapshots } from '../iceberg/maintenance/expire-snapshots.js';
import { metadataRetention, removeOldMetadata } from '../iceberg/maintenance/old-metadata.js';
import { removeOrphans } from '../iceberg/maintenance/orphans.js';
import { rewriteManifests } from '../iceberg/maintenance/rewrite-manifests.js';
import { isRetryable } from '../iceberg/retry.js';
import type { TableUpkeepInput } from '../protocol/activities.js';
import { DAY_MS } from '../protocol/days.js';
import { addFiles, type ExpiredSnapshots, type FileSum, type TidiedTable } from '../protocol/upkeep-messages.js';
import { upkeepConfigOf } from '../run/config.js';
import { RUN } from '../run/summary-keys.js';
import { eventListKey } from '../run/work-keys.js';
import { load, tableOf, type UpkeepContext, type UpkeepTable } from './context.js';
import { snapshotsOfOpenCommits } from './protected.js';
import { tidyIndex } from './tidy-index.js';

/** Versions of the metadata that are kept at least: as many as Iceberg's default for `write.metadata.previous-versions-max`. */
const KEPT_VERSIONS = 100;

/** Returns what was done, or with `dryRun` what would be. If ingestion interferes, the next upkeep does the rest. */
export async function tidyTable(
  context: UpkeepContext,
  { table: name, dryRun = false }: Pick<TableUpkeepInput, 'table' | 'dryRun'>,
  run: string,
): Promise<TidiedTable> {
  const { catalog, config, signal, now } = context;
  const { keepUnusedDays } = upkeepConfigOf(config);
  const table = tableOf(context, name);
  const { identifier } = table;
  const request = { catalog, identifier, signal, now, dryRun };
  const manifests = await mergeManifests(request, run);
  const keepFiles = !(await mayList(context, await load(context, table)));
  const expired = await expire(context, table, { keepFiles, dryRun });
  const beforeDelete = (keys: readonly string[]): Promise<void> => deleteEventLists(context, keys);
  const planned = await context.plannedFiles.of(context);
  const olderThanMs = keepUnusedDays * DAY_MS;
  const orphans = keepFiles
    ? { count: 0, bytes: 0 }
    : await removeOrphans({ ...request, now: () => planned.at, olderThanMs, isProtected: planned.has, beforeDelete });
  const oldMetadata = await tidyMetadata(context, table, dryRun);
  const index = await tidyIndex(context, table, dryRun);
  return {
    manifests,
    snapshotsExpired: expired.snapshotsExpired,
    unused: addFiles(expired.unused, { files: orphans.count, bytes: orphans.bytes }),
    oldMetadata,
    ...(index === undefined ? {} : { index }),
    ...(keepFiles ? { filesLeft: true } : {}),
  };
}

/**
 * Expires the snapshots of a table that are old enough, and deletes the files that only they have. Returns what was done, or with
 * `dryRun` what would be.
 */
export async function expireTable(
  context: UpkeepContext,
  { table: name, dryRun = false }: Pick<TableUpkeepInput, 'table' | 'dryRun'>,
): Promise<ExpiredSnapshots> {
  const table = tableOf(context, name);
  const keepFiles = !(await mayList(context, await load(context, table)));
  return expire(context, table, { keepFiles, dryRun });
}

async function expire(
  context: UpkeepContext,
  { identifier }: UpkeepTable,
  options: { keepFiles: boolean; dryRun: boolean },
): Promise<ExpiredSnapshots> {
  const { catalog, config, signal, now } = context;
  const { keepSnapshots, keepSnapshotsDays } = upkeepConfigOf(config);
  const { snapshots, files, bytes } = await expireSnapshots({
    ...{ catalog, identifier, signal, now, ...options },
    ...{ olderThanMs: keepSnapshotsDays * DAY_MS, keepLast: keepSnapshots },
    keep: await snapshotsOfOpenCommits(context),
    beforeDelete: (keys) => deleteEventLists(context, keys),
  });
  const count = Object.values(files).reduce((sum, one) => sum + one, 0);
  return { snapshotsExpired: snapshots.count, unused: { files: count, bytes } };
}

/**
 * Whether the files of a table may be listed. S3 Tables allows no client to list or delete them: AWS removes unused files
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-table-buckets-maintenance.html).
 */
async function mayList({ config, signal }: UpkeepContext, { store, location }: LoadedTable): Promise<boolean> {
  if (config.catalog.type === 'storage') return true;
  try {
    for await (const _ of store.list(`${keyOf(store, location)}/data/`, { signal })) break;
    return true;
  } catch (error) {
    if (error instanceof StorageAccessDenied) return false;
    throw error;
  }
}

/**
 * Deletes the event lists of data files. Before the files: if upkeep ends in between, the files are found again, and a missing
 * list is made again when it is needed.
 */
async function deleteEventLists({ warehouse, signal }: UpkeepContext, keys: readonly string[]): Promise<void> {
  const lists = keys.filter((key) => key.endsWith('.parquet')).map(eventListKey);
  if (lists.length > 0) await warehouse.deleteAll(lists, { signal });
}

type Request = Parameters<typeof rewriteManifests>[0];

async function mergeManifests(request: Request, run: string): Promise<TidiedTable['manifests']> {
  try {
    const { manifests, replaced, created } = await rewriteManifests({ ...request, summary: { [RUN]: run } });
    return { before: manifests, after: manifests - replaced.count + (created?.count ?? Math.min(1, replaced.count)) };
  } catch (error) {
    if (!(error instanceof ReplaceOutdated || isRetryable(error))) throw error;
    return { before: 0, after: 0 };
  }
}

/** Deletes old metadata files. In a REST catalog, the server does this, if the table has the properties for it. */
async function tidyMetadata(context: UpkeepContext, table: UpkeepTable, dryRun: boolean): Promise<FileSum> {
  const { catalog, config, signal, now } = context;
  const loaded = await load(context, table);
  if (config.catalog.type === 'storage') {
    const olderThanMs = upkeepConfigOf(config).keepUnusedDays * DAY_MS;
    const removed = await removeOldMetadata(loaded, { keep: KEPT_VERSIONS, olderThanMs, dryRun, signal, now });
    return { files: removed.count, bytes: removed.bytes };
  }
  if (!dryRun) await setRetention(catalog, loaded, signal);
  return { files: 0, bytes: 0 };
}

async function setRetention(
  catalog: UpkeepContext['catalog'],
  { identifier, ...table }: LoadedTable,
  signal: AbortSignal,
): Promise<void> {
  const updates = metadataRetention(table.metadata, KEPT_VERSIONS);
  if (updates === undefined) return;
  const uuid = table.metadata['table-uuid'];
  const requirements = [{ type: 'assert-table-uuid' as const, uuid }];
  try {
    await catalog.commit({ identifier, ...table }, requirements, [{ action: 'set-properties', updates }], signal);
  } catch (error) {
    // The next upkeep tries again.
    if (!isRetryable(error)) throw error;
  }
}
