/** The summary of a replacement (spec, Appendix F "Optional Snapshot Summary Fields"). */
import type { TableMetadata } from '../metadata.js';
import { snapshotById } from '../snapshot.js';
import type { ManifestFile } from '../types.js';
import type { LiveFile } from './manifest-entries.js';
import type { Affected } from './replace-request.js';

/** Counts of what is added and removed, and totals based on those of the current snapshot. */
export function replaceSummary(
  metadata: TableMetadata,
  added: ManifestFile | undefined,
  { removed }: Affected,
  dropsRows = false,
): Record<string, string> {
  const { addedFiles = 0, addedRows = 0, addedBytes = 0, days = [] } = added ?? {};
  const all = [...removed.data, ...removed.deletes];
  const removedBytes = sum(all, 'bytes');
  const [removedRows, removedDeletes] = [sum(removed.data, 'rows'), sum(removed.deletes, 'rows')];
  return {
    operation: dropsRows ? 'delete' : 'replace',
    ...counts({
      'added-data-files': addedFiles,
      'deleted-data-files': removed.data.length,
      'removed-delete-files': removed.deletes.length,
      'removed-position-delete-files': removed.deletes.length,
      'added-records': addedRows,
      'deleted-records': removedRows,
      'removed-position-deletes': removedDeletes,
      'added-files-size': addedBytes,
      'removed-files-size': removedBytes,
      'changed-partition-count': new Set([...days, ...all.map(({ day }) => day)]).size,
    }),
    ...changedTotals(metadata, {
      'total-data-files': addedFiles - removed.data.length,
      'total-delete-files': -removed.deletes.length,
      'total-records': addedRows - removedRows,
      'total-files-size': addedBytes - removedBytes,
      'total-position-deletes': -removedDeletes,
      'total-equality-deletes': 0,
    }),
  };
}

/** The totals of the current snapshot after a change. Totals that it does not have are omitted. */
export function changedTotals(
  metadata: TableMetadata,
  changes: Readonly<Record<string, number>>,
): Record<string, string> {
  const parent = snapshotById(metadata, metadata['current-snapshot-id'])?.summary;
  return Object.fromEntries(
    Object.entries(changes).flatMap(([name, change]) => {
      const before = parent?.[name];
      return before !== undefined && /^\d+$/.test(before) ? [[name, String(BigInt(before) + BigInt(change))]] : [];
    }),
  );
}

/** Java omits counts that are 0. */
function counts(values: Readonly<Record<string, number>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === 0 ? [] : [[name, String(value)]])),
  );
}

function sum(files: readonly LiveFile[], what: 'rows' | 'bytes'): number {
  return files.reduce((total, file) => total + file[what], 0);
}
