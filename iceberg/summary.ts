/** The summary of an append (spec, Appendix F "Optional Snapshot Summary Fields"); all values are strings. */
import type { ManifestFile } from './types.js';

/** Counts of this append, and totals based on those of the parent. Totals that the parent does not have are omitted. */
export function summaryOf(
  manifests: readonly ManifestFile[],
  parent: Record<string, string> | undefined,
): Record<string, string> {
  const data = manifests.filter((manifest) => manifest.content === 'data');
  const deletes = manifests.filter((manifest) => manifest.content === 'deletes');
  const sum = (of: readonly ManifestFile[], what: 'addedFiles' | 'addedRows' | 'addedBytes'): number =>
    of.reduce((total, manifest) => total + manifest[what], 0);
  const totals: [name: string, added: number][] = [
    ['total-data-files', sum(data, 'addedFiles')],
    ['total-records', sum(data, 'addedRows')],
    ['total-files-size', sum(manifests, 'addedBytes')],
    ['total-delete-files', sum(deletes, 'addedFiles')],
    ['total-position-deletes', sum(deletes, 'addedRows')],
    ['total-equality-deletes', 0],
  ];
  const summary: Record<string, string> = {
    // If rows are deleted it is an overwrite, even if others are added (spec, "Snapshots", `operation`).
    operation: deletes.length > 0 ? 'overwrite' : 'append',
    'added-data-files': String(sum(data, 'addedFiles')),
    'added-records': String(sum(data, 'addedRows')),
    'added-files-size': String(sum(manifests, 'addedBytes')),
    'changed-partition-count': String(new Set(manifests.flatMap((manifest) => manifest.days)).size),
  };
  if (deletes.length > 0) {
    summary['added-delete-files'] = summary['added-position-delete-files'] = String(sum(deletes, 'addedFiles'));
    summary['added-position-deletes'] = String(sum(deletes, 'addedRows'));
  }
  for (const [name, added] of totals) {
    const before = parent === undefined ? '0' : parent[name];
    if (before !== undefined && /^\d+$/.test(before)) summary[name] = String(BigInt(before) + BigInt(added));
  }
  return summary;
}
