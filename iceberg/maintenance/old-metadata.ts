/** Removes old versions of a table's metadata. */
import type { LoadedTable } from '../catalog.js';
import { tableKey } from '../location.js';
import type { TableMetadata } from '../metadata.js';
import { readHint, versionOf, writeHint } from '../metadata-files.js';
import { numericProperty } from '../properties.js';
import { MIN_METADATA_AGE_MS } from '../stale-base.js';

/** Which versions to keep. */
export interface OldMetadataOptions {
  /** Keep this many versions before the current one: at least 100, and those of the metadata log. */
  keep?: number;
  /** Keep younger versions; at least one hour. Milliseconds. */
  olderThanMs?: number;
  /** Delete nothing, and report what would be deleted. */
  dryRun?: boolean;
  signal?: AbortSignal;
  /** Called after each deletion. */
  onProgress?: () => void;
  now?: () => number;
}

/** What was deleted, or would be. */
export interface OldMetadataReport {
  count: number;
  bytes: number;
  /** Key of the first and the last one. */
  first?: string;
  last?: string;
}

const MIN_VERSIONS = 100;
const VERSION = /\/v(\d{1,15})\.(metadata\.json|gz\.metadata\.json|metadata\.json\.gz)$/;

/**
 * Deletes metadata files of a table of the storage catalog, which must have just been loaded. The oldest are deleted
 * first, one after the other: if it is interrupted, no version is missing between those that remain, and a writer can
 * tell from its base whether a later version was removed (see stale-base.ts). The version hint is corrected first,
 * because readers go up from it. Throws `TableUnusable` for a table of another catalog.
 */
export async function removeOldMetadata(
  table: LoadedTable,
  options: OldMetadataOptions = {},
): Promise<OldMetadataReport> {
  const { store, identifier, metadata, metadataLocation } = table;
  const { keep = 0, olderThanMs = 0, dryRun = false, signal, onProgress } = options;
  const current = versionOf(metadataLocation);
  // The files that the metadata log names are kept.
  const last = current - Math.max(keep, MIN_VERSIONS, metadata['metadata-log'].length) - 1;
  const before = (options.now ?? Date.now)() - Math.max(olderThanMs, MIN_METADATA_AGE_MS);
  const old: { version: number; key: string; size: number; lastModified: number }[] = [];
  for await (const { objects } of store.list(`${tableKey(identifier)}/metadata/v`, { signal })) {
    for (const { key, size, lastModified } of objects) {
      const version = Number(VERSION.exec(key)?.[1] ?? Number.NaN);
      if (version <= last) old.push({ version, key, size, lastModified });
    }
  }
  old.sort((one, two) => one.version - two.version);
  const young = old.findIndex(({ lastModified }) => lastModified >= before);
  const removed = young < 0 ? old : old.slice(0, young);
  const report: OldMetadataReport = { count: 0, bytes: 0 };
  if (removed.length > 0 && !dryRun) await correctHint(table, current, signal);
  for (const { key, size } of removed) {
    if (!dryRun) await store.delete(key, { signal });
    report.count++;
    report.bytes += size;
    report.first ??= key;
    report.last = key;
    onProgress?.();
  }
  return report;
}

async function correctHint({ store, identifier }: LoadedTable, current: number, signal?: AbortSignal): Promise<void> {
  const directory = { store, identifier, signal };
  const hint = await readHint(directory);
  if (hint === undefined || hint < current) await writeHint(directory, current);
}

/**
 * The table properties with which the server of a REST catalog, or another writer, removes old metadata files itself:
 * those that the table does not have yet. `undefined` if it has them. A larger number that is already set is kept.
 * @param keep versions before the current one
 */
export function metadataRetention(
  { properties }: Pick<TableMetadata, 'properties'>,
  keep = MIN_VERSIONS,
): Record<string, string> | undefined {
  const wanted: Record<string, string> = {};
  if (properties['write.metadata.delete-after-commit.enabled'] === undefined)
    wanted['write.metadata.delete-after-commit.enabled'] = 'true';
  const max = numericProperty(properties, 'write.metadata.previous-versions-max');
  if (max === undefined) wanted['write.metadata.previous-versions-max'] = String(keep);
  return Object.keys(wanted).length === 0 ? undefined : wanted;
}
