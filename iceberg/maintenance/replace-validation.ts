/** Whether files may still be replaced, in the version of the table that an attempt is based on. */
import { ReplaceOutdated } from '../../errors/index.js';
import { mapConcurrent } from '../../storage/concurrency.js';
import type { Attempt } from '../commit-snapshot.js';
import { dayBoundsOf } from '../manifest-days.js';
import type { ManifestListEntry } from '../manifest-list.js';
import { canRead } from '../schema-evolution.js';
import { ancestors, currentSchema, snapshotById } from '../snapshot.js';
import { mayApply } from './delete-scope.js';
import { DATA, EQUALITY_DELETES, forEachLiveFile, type LiveFile, POSITION_DELETES } from './manifest-entries.js';
import type { Affected, ReplaceRequest } from './replace-request.js';

/** Manifests that are read at the same time. */
const CONCURRENT_READS = 4;

/** The live files of the days of a replacement. */
interface FilesOfDays extends Affected {
  touched: Set<string>;
  /** Data files that stay. */
  staying: LiveFile[];
  /** Delete files that stay. */
  otherDeletes: LiveFile[];
}

/**
 * Finds the files to remove, and checks that they may be: see `replaceFiles`. Throws `ReplaceOutdated` if they may not. Only
 * manifests that have files of their days are read.
 */
export async function findAffected(request: ReplaceRequest, attempt: Attempt): Promise<Affected> {
  const { metadata, identifier } = attempt.table;
  const outdated = (why: string): ReplaceOutdated =>
    new ReplaceOutdated(`Files of ${identifier.name} can no longer be replaced: ${why}.`);
  if (!canRead(request.schema, currentSchema(metadata))) throw outdated('the schema of the table has changed');
  const base = snapshotById(metadata, request.base['snapshot-id']);
  if (base && ![...ancestors(metadata)].includes(base)) throw outdated('the table was rolled back');
  const files = await filesOfDays(request, attempt);
  const found = new Set([...files.removed.data, ...files.removed.deletes].map(({ path }) => path));
  const wanted = [...request.remove.data, ...request.remove.deletes.map(({ path }) => path)];
  const gone = wanted.filter((path) => !found.has(path));
  if (gone.length > 0) throw outdated(`${gone[0]} is no longer in the table (${gone.length} such files)`);
  assertNoNewDeletes(request, files, outdated);
  assertNoneLoses(request, files, outdated);
  assertSameRows(request, files);
  return files;
}

async function filesOfDays(request: ReplaceRequest, { table, manifests }: Attempt): Promise<FilesOfDays> {
  const data = new Set(request.remove.data);
  const deletes = new Set(request.remove.deletes.map(({ path }) => path));
  const files: FilesOfDays = { touched: new Set(), removed: { data: [], deletes: [] }, staying: [], otherDeletes: [] };
  const take = (manifest: ManifestListEntry, file: LiveFile): void => {
    const isData = file.content === DATA;
    const isRemoved = (isData ? data : deletes).has(file.path);
    if (isRemoved) files.touched.add(manifest.manifest_path);
    if (isData) (isRemoved ? files.removed.data : files.staying).push(file);
    else (isRemoved ? files.removed.deletes : files.otherDeletes).push(file);
  };
  const days = new Set(request.days);
  const mayHaveFiles = (manifest: ManifestListEntry): boolean => {
    const bounds = dayBoundsOf(table.metadata, manifest);
    if (typeof bounds !== 'object') return true;
    return request.days.some((day) => day >= bounds.from && day <= bounds.to);
  };
  await mapConcurrent(manifests.filter(mayHaveFiles), CONCURRENT_READS, (manifest) =>
    forEachLiveFile(
      table,
      manifest,
      (file) => {
        // Equality deletes without a partition may apply to any day.
        if (days.has(file.day) || (file.content === EQUALITY_DELETES && Number.isNaN(file.day))) take(manifest, file);
      },
      request.signal,
    ),
  );
  return files;
}

/** Rows of removed data files that another writer has deleted since the base would come back. */
function assertNoNewDeletes({ base }: ReplaceRequest, files: FilesOfDays, outdated: (why: string) => Error): void {
  for (const deletes of files.otherDeletes) {
    if (deletes.fileSequenceNumber <= base['sequence-number']) continue;
    const data = files.removed.data.find((file) => mayApply(deletes, file));
    if (data) throw outdated(`${deletes.path} may have deleted rows of ${data.path} in the meantime`);
  }
}

/** Deleted rows of data files that stay would come back with the removal of their delete file. */
function assertNoneLoses(request: ReplaceRequest, files: FilesOfDays, outdated: (why: string) => Error): void {
  const contents = new Map(
    request.remove.deletes.map(({ path, dataFiles }) => [path, dataFiles && new Set(dataFiles)]),
  );
  for (const deletes of files.removed.deletes) {
    const concerned = contents.get(deletes.path);
    const data = files.staying.find((file) => mayApply(deletes, file) && (concerned?.has(file.path) ?? true));
    if (data) throw outdated(`${deletes.path} may delete rows of ${data.path}, which is not replaced`);
  }
}

/** A defect of the caller must not change the table's rows: the new files have at most the rows of the removed ones. */
function assertSameRows({ add, days, dropsRows }: ReplaceRequest, { removed, otherDeletes }: FilesOfDays): void {
  if (dropsRows && add.length > 0) throw new Error('Rows are dropped, but there are new files');
  if (dropsRows) return;
  const rowsOf = (files: readonly { rows: number }[]): number => files.reduce((sum, { rows }) => sum + rows, 0);
  const [before, after] = [rowsOf(removed.data), rowsOf(add)];
  const deleted = rowsOf([...removed.deletes, ...otherDeletes.filter(({ content }) => content === POSITION_DELETES)]);
  const hasEqualityDeletes = otherDeletes.some(({ content }) => content === EQUALITY_DELETES);
  if (after > before || (after < before - deleted && !hasEqualityDeletes))
    throw new Error(`The new files have ${after} rows; expected ${before}, minus at most ${deleted} deleted rows`);
  if (add.some(({ day }) => !days.includes(day)))
    throw new Error('A new file is for a different day than the files that it replaces');
}
