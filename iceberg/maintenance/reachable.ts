/** All files that a table's metadata reaches. */
import { readAhead } from '../../storage/concurrency.js';
import type { LoadedTable } from '../catalog.js';
import { manifestsOf } from '../manifest-files.js';
import type { ManifestListEntry } from '../manifest-list.js';
import type { Snapshot } from '../metadata.js';
import { KeySet } from './key-set.js';
import { forEachLiveFile } from './manifest-entries.js';
import { statisticsOf } from './unreachable.js';

/** Manifests and lists that are read at the same time. */
const READ_AHEAD = 8;

/**
 * The files of all snapshots of a table, of every branch, and statistics files. Holds about 40 bytes for each.
 * {@link include} adds what later commits have added.
 */
export class ReachableFiles {
  private readonly keys: KeySet;
  private readonly snapshots = new Set<bigint>();

  constructor(
    { store }: Pick<LoadedTable, 'store'>,
    private readonly onProgress: () => void = () => {},
  ) {
    this.keys = new KeySet(store);
  }

  has(key: string): boolean {
    return this.keys.hasKey(key);
  }

  /**
   * Adds what the table reaches. Throws `Damaged` if a manifest or a manifest list is damaged: then nothing is proven.
   */
  async include(table: LoadedTable, signal?: AbortSignal): Promise<void> {
    for (const location of statisticsOf(table.metadata)) this.keys.add(location);
    for (const { 'metadata-file': location } of table.metadata['metadata-log']) this.keys.add(location);
    const fresh = table.metadata.snapshots.filter((snapshot) => !this.snapshots.has(snapshot['snapshot-id']));
    const reads = readAhead(this.manifestsOf(table, fresh, signal), READ_AHEAD, (manifest) =>
      forEachLiveFile(table, manifest, ({ path }) => this.keys.add(path), signal),
    );
    for await (const _ of reads) this.onProgress();
    for (const snapshot of fresh) this.snapshots.add(snapshot['snapshot-id']);
  }

  /** Manifests that no earlier snapshot had. */
  private async *manifestsOf(
    table: LoadedTable,
    snapshots: readonly Snapshot[],
    signal: AbortSignal | undefined,
  ): AsyncGenerator<ManifestListEntry> {
    for await (const list of readAhead(snapshots, READ_AHEAD, (snapshot) => manifestsOf(table, snapshot, signal))) {
      this.onProgress();
      for (const manifest of list) if (this.keys.add(manifest.manifest_path)) yield manifest;
    }
    for (const snapshot of snapshots) this.keys.add(snapshot['manifest-list']);
  }
}
