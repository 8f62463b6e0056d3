/**
 * Orphan files: objects below a table's location that no snapshot reaches. Attempts that died leave data files and
 * manifests, lost commits leave manifest lists, and an interrupted expiry leaves files of expired snapshots.
 */
import { UserMistake } from '../../errors/index.js';
import type { ListedObject } from '../../storage/object-store.js';
import type { Catalog, LoadedTable, TableIdentifier } from '../catalog.js';
import { keyOf } from '../location.js';
import { mayDeleteFiles } from '../properties.js';
import { loadExistingTable } from '../retry.js';
import { deletionForbidden } from './expire-snapshots.js';
import { Deletions } from './key-set.js';
import { ReachableFiles } from './reachable.js';

/** Which objects are orphan files. */
export interface OrphanOptions {
  /** Only objects that were written longer ago. Default: three days; at least one hour. Milliseconds. */
  olderThanMs?: number;
  /**
   * Whether an object must stay although no snapshot reaches it. A commit in progress has files that no snapshot has yet, and
   * a commit that was announced may be completed much later, by another process: a caller that knows about open commits must
   * protect their data files and manifests here, and anything else that is kept below the table's location. Called with the
   * key in the table's store.
   */
  isProtected?: (key: string) => boolean;
  signal?: AbortSignal;
  /** Called after each manifest that was read, and for each page of the listing. */
  onProgress?: () => void;
  now?: () => number;
}

/** Which orphan files to remove. */
export interface RemoveOrphansRequest extends OrphanOptions {
  catalog: Catalog;
  identifier: TableIdentifier;
  /** Delete nothing, and report what would be deleted. */
  dryRun?: boolean;
  /** Called with the keys of files before they are deleted, to delete related objects elsewhere. */
  beforeDelete?: (keys: readonly string[]) => Promise<void>;
}

/** What was deleted, or would be. */
export interface OrphanReport {
  count: number;
  bytes: number;
  /** Keys of the first ones. */
  first: string[];
  /** Old objects whose names are not those of table files. They are not deleted. */
  unknown: { count: number; first?: string };
  /** Objects that no snapshot reaches, but that are protected. */
  protected: { count: number; first?: string };
}

const HOUR_MS = 3_600_000;
const DEFAULT_AGE_MS = 72 * HOUR_MS;
const MIN_AGE_MS = HOUR_MS;

/** Keys in a report. */
const MAX_LISTED = 100;

/** Data files, manifests and their lists, statistics. Hidden files (`_…`, `.…`) are those of other programs. */
const TABLE_FILE = /^(?![_.])(?!.*\/[_.]).*\.(parquet|orc|avro|puffin|stats)$/;
/** Metadata files, which `removeOldMetadata` and the catalogs handle, and the version hint. */
const METADATA_FILE = /(\.metadata\.json(\.gz)?|version-hint\.text)$/;

/**
 * Deletes orphan files in the folders `data/` and `metadata/` of a table, in batches. Before each batch the table is
 * loaded again: what a commit has added in the meantime is not an orphan file. Memory: about 40 bytes for each file of
 * the table. Throws `Damaged` if a manifest of any snapshot is, and `TableUnusable` if the table does not allow files
 * to be deleted.
 */
export async function removeOrphans(request: RemoveOrphansRequest): Promise<OrphanReport> {
  const { catalog, identifier, signal, dryRun = false } = request;
  let table = await loadExistingTable(catalog, identifier, { signal });
  if (!mayDeleteFiles(table.metadata.properties)) throw deletionForbidden(table);
  const report: OrphanReport = { count: 0, bytes: 0, first: [], unknown: { count: 0 }, protected: { count: 0 } };
  const reachable = new ReachableFiles(table, request.onProgress);
  await reachable.include(table, signal);
  for await (const page of candidates(table, reachable, request, report)) {
    const uuid = table.metadata['table-uuid'];
    table = await loadExistingTable(catalog, identifier, { uuid, signal });
    await reachable.include(table, signal);
    const orphans = page.filter(({ key }) => !reachable.has(key));
    for (const { key, size } of orphans) {
      report.count++;
      report.bytes += size;
      if (report.first.length < MAX_LISTED) report.first.push(key);
    }
    if (dryRun) continue;
    const deletions = new Deletions(table.store, signal, request.beforeDelete);
    for (const { key } of orphans) await deletions.add(key);
    await deletions.flush();
  }
  return report;
}

/** Pages of old objects that are not reachable. */
async function* candidates(
  table: LoadedTable,
  reachable: ReachableFiles,
  options: OrphanOptions,
  report: OrphanReport,
): AsyncGenerator<ListedObject[]> {
  const { store, location } = table;
  const { olderThanMs = DEFAULT_AGE_MS, isProtected = () => false, onProgress, signal } = options;
  if (olderThanMs < MIN_AGE_MS) {
    throw new UserMistake(
      `Orphan files cannot be removed after ${olderThanMs} ms: commits in progress may have files of that age.`,
      'Use at least one hour.',
    );
  }
  const before = (options.now ?? Date.now)() - olderThanMs;
  for (const folder of ['data', 'metadata']) {
    const prefix = `${keyOf(store, location)}/${folder}/`;
    for await (const { objects } of store.list(prefix, { signal })) {
      onProgress?.();
      const old = objects.filter(
        ({ key, lastModified }) => lastModified < before && !METADATA_FILE.test(key) && !reachable.has(key),
      );
      const page = old.filter(({ key }) => {
        const isKnown = TABLE_FILE.test(key.slice(prefix.length));
        if (isKnown && !isProtected(key)) return true;
        const counted = isKnown ? report.protected : report.unknown;
        counted.count++;
        counted.first ??= key;
        return false;
      });
      if (page.length > 0) yield page;
    }
  }
}
