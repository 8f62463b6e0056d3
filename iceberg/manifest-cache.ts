/**
 * Keeps the entries of manifests between scans, with metrics of only a few columns: a manifest is never changed, so a process
 * reads it once. Without it, every commit would read the manifests of all earlier commits of a day.
 */
import type { ManifestEntry } from './manifest.js';
import type { DataFile } from './types.js';

const NO_COUNTS: Readonly<Record<string, number>> = {};

/** A bounded cache. The manifests that were used least recently are evicted. */
export class ManifestCache {
  private readonly manifests = new Map<string, readonly ManifestEntry[]>();
  private entries = 0;

  /** @param maxEntries one takes less than 1 kB, mostly its path and a few bounds */
  constructor(private readonly maxEntries: number) {}

  /**
   * Returns the entries of the manifest at `path`, which is read if it is not known yet.
   * @param columns ids of the fields whose counts and bounds are kept; always the same ones for a table
   */
  async entriesOf(
    path: string,
    columns: readonly number[],
    read: () => Promise<readonly ManifestEntry[]>,
  ): Promise<readonly ManifestEntry[]> {
    const known = this.manifests.get(path);
    if (known !== undefined) {
      this.manifests.delete(path);
      this.manifests.set(path, known);
      return known;
    }
    const entries = (await read()).map((entry) => ({ ...entry, file: withMetricsOf(columns, entry.file) }));
    this.put(path, entries);
    return entries;
  }

  private put(path: string, entries: readonly ManifestEntry[]): void {
    if (this.manifests.has(path)) return;
    this.manifests.set(path, entries);
    this.entries += entries.length;
    for (const [oldest, { length }] of this.manifests) {
      if (this.entries <= this.maxEntries) return;
      this.manifests.delete(oldest);
      this.entries -= length;
    }
  }
}

function withMetricsOf(columns: readonly number[], file: DataFile): DataFile {
  const pick = <T>(values: Record<string, T>): Record<string, T> =>
    Object.fromEntries(columns.flatMap((id) => (id in values ? [[id, values[id]]] : [])));
  return {
    ...file,
    columnSizes: NO_COUNTS,
    valueCounts: pick(file.valueCounts),
    nullCounts: pick(file.nullCounts),
    lowerBounds: pick(file.lowerBounds),
    upperBounds: pick(file.upperBounds),
  };
}
