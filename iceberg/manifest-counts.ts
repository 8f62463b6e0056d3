/** Format version 2 requires counts in manifest lists that are optional in version 1. Missing counts are computed here. */
import type { ObjectStore } from '../storage/object-store.js';
import type { EntryStatus } from './manifest.js';
import { entriesOf } from './manifest-files.js';
import type { ManifestListEntry } from './manifest-list.js';

/** Returns the entries with missing counts computed from the manifests. `tableName` is for messages. */
export function completeCounts(
  store: ObjectStore,
  entries: readonly ManifestListEntry[],
  tableName = 'the table',
  signal?: AbortSignal,
): Promise<ManifestListEntry[]> {
  return Promise.all(entries.map((entry) => (isComplete(entry) ? entry : withCounts(store, entry, tableName, signal))));
}

function isComplete(entry: ManifestListEntry): boolean {
  const { added_files_count: added, existing_files_count: existing, deleted_files_count: deleted } = entry;
  const { added_rows_count: addedRows, existing_rows_count: existingRows, deleted_rows_count: deletedRows } = entry;
  return [added, existing, deleted, addedRows, existingRows, deletedRows].every((count) => count !== null);
}

async function withCounts(
  store: ObjectStore,
  entry: ManifestListEntry,
  tableName: string,
  signal: AbortSignal | undefined,
): Promise<ManifestListEntry> {
  const files = await entriesOf(store, tableName, entry, { signal });
  const of = (status: EntryStatus): { files: number; rows: bigint } => {
    const matching = files.filter((file) => file.status === status);
    return { files: matching.length, rows: BigInt(matching.reduce((sum, { file }) => sum + file.rows, 0)) };
  };
  const [added, existing, deleted] = [of('added'), of('existing'), of('deleted')];
  return {
    ...entry,
    added_files_count: added.files,
    existing_files_count: existing.files,
    deleted_files_count: deleted.files,
    added_rows_count: added.rows,
    existing_rows_count: existing.rows,
    deleted_rows_count: deleted.rows,
  };
}
