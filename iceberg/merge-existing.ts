/**
 * Keeps manifest lists small: a commit merges the small data manifests of earlier commits, like Iceberg's MergeAppend. Merged
 * entries keep their snapshot ids, sequence numbers (spec, "Manifests") and all fields of their data files.
 */
import { Damaged, TableUnusable } from '../errors/index.js';
import { mapConcurrent } from '../storage/concurrency.js';
import type { LoadedTable } from './catalog.js';
import { readTableFile } from './damage.js';
import { keyOf } from './location.js';
import type { ManifestListEntry } from './manifest-list.js';
import { type ExistingEntry, entryEncoder, existingEntriesOf } from './manifest-rewrite.js';
import type { PartitionSpec, TableMetadata } from './metadata.js';
import { manifestTargetBytes, numericProperty } from './properties.js';
import { listedBy, type RewrittenManifest, storeRewritten } from './rewritten-manifest.js';
import { currentSpec, isDaySpec } from './snapshot.js';

/** `content` of a manifest list entry for data manifests (spec, field 517). */
const DATA = 0;

/** Manifests that are read concurrently. */
const CONCURRENT_READS = 16;

/** Maximum number of manifests that one commit merges; later commits merge the rest. */
const MAX_MERGED = 1_000;

/** The table properties of Iceberg's MergeAppend, with Iceberg's defaults. */
interface MergeSettings {
  isEnabled: boolean;
  /** Minimum number of small manifests before any are merged. */
  minCount: number;
  /** Size of a merged manifest, bytes. */
  targetBytes: number;
}

function settingsOf({ properties }: TableMetadata): MergeSettings {
  return {
    isEnabled: properties['commit.manifest-merge.enabled'] !== 'false',
    minCount: numericProperty(properties, 'commit.manifest.min-count-to-merge') ?? 100,
    targetBytes: manifestTargetBytes(properties),
  };
}

/**
 * Paths of manifests that could not be merged, so that later commits do not read them again. Bounded, because a process may use
 * many tables.
 */
const unmergeable = new Set<string>();
const MAX_UNMERGEABLE = 100_000;

/** A group of manifests, and the merged manifest if one was written. */
interface MergedGroup {
  /** Paths of the manifests whose entries are in the merged one. */
  sources: ReadonlySet<string>;
  /** The attempt that uses it sets its sequence number and snapshot. Absent if there were no live entries. */
  manifest?: RewrittenManifest;
}

/** Merges manifests for the attempts of one commit: a later attempt reuses manifests that an earlier one has written. */
export class ManifestMerger {
  /** Keyed by the paths of all manifests in the group. */
  private readonly groups = new Map<string, MergedGroup>();
  /** Paths of merged manifests that the newest attempt does not use. */
  private readonly unused = new Set<string>();

  /**
   * Returns the entries of the parent's manifest list, with each group of small data manifests of the current partition spec
   * replaced by one manifest. Damaged manifests, and manifests with unknown fields, are kept unchanged: a commit does not fail
   * because of files that it only carries over.
   */
  async merge(
    table: LoadedTable,
    entries: readonly ManifestListEntry[],
    snapshot: { id: bigint; sequenceNumber: bigint },
    signal?: AbortSignal,
  ): Promise<ManifestListEntry[]> {
    for (const { manifest } of this.groups.values()) if (manifest) this.unused.add(manifest.manifest_path);
    const replaced = new Set<string>();
    const merged: ManifestListEntry[] = [];
    for (const group of groupsOf(table.metadata, entries)) {
      const { sources, manifest } = await this.mergedGroup(table, group, signal);
      for (const path of sources) replaced.add(path);
      if (manifest === undefined) continue;
      this.unused.delete(manifest.manifest_path);
      merged.push(listedBy(manifest, snapshot));
    }
    return [...entries.filter((entry) => !replaced.has(entry.manifest_path)), ...merged];
  }

  /** Deletes the manifests written by failed attempts, after the commit. Files that cannot be deleted remain as orphan files. */
  async deleteUnused({ store }: LoadedTable, signal?: AbortSignal): Promise<void> {
    const deletions = [...this.unused].map((path) => store.delete(keyOf(store, path), { signal }));
    await Promise.allSettled(deletions);
  }

  private async mergedGroup(
    table: LoadedTable,
    group: readonly ManifestListEntry[],
    signal: AbortSignal | undefined,
  ): Promise<MergedGroup> {
    const name = group.map(({ manifest_path: path }) => path).join('\n');
    const merged = this.groups.get(name) ?? (await mergeGroup(table, group, signal));
    this.groups.set(name, merged);
    return merged;
  }
}

/**
 * Groups the manifests to merge: the oldest first, so that a merged manifest contains adjacent commits and therefore adjacent
 * days. Manifests of at least half the target size are kept; otherwise every merge would rewrite them.
 */
function groupsOf(metadata: TableMetadata, entries: readonly ManifestListEntry[]): ManifestListEntry[][] {
  const { isEnabled, minCount, targetBytes } = settingsOf(metadata);
  const spec = currentSpec(metadata);
  if (!isEnabled || !isDaySpec(spec)) return [];
  const small = entries.filter(
    (entry) =>
      entry.content === DATA &&
      entry.partition_spec_id === spec['spec-id'] &&
      entry.key_metadata === null &&
      !unmergeable.has(entry.manifest_path) &&
      Number(entry.manifest_length) < targetBytes / 2,
  );
  // The commit adds one more.
  if (small.length + 1 < minCount) return [];
  const oldest = small
    .sort((one, two) => compare(one.min_sequence_number, two.min_sequence_number))
    .slice(0, MAX_MERGED);
  const groups: ManifestListEntry[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const entry of oldest) {
    const length = Number(entry.manifest_length);
    if (bytes + length > targetBytes) {
      groups.push([]);
      bytes = 0;
    }
    groups[groups.length - 1].push(entry);
    bytes += length;
  }
  return groups.filter((group) => group.length > 1);
}

const compare = (one: bigint, two: bigint): number => (one < two ? -1 : one > two ? 1 : 0);

async function mergeGroup(
  table: LoadedTable,
  group: readonly ManifestListEntry[],
  signal: AbortSignal | undefined,
): Promise<MergedGroup> {
  const spec = currentSpec(table.metadata);
  const read = await mapConcurrent(group, CONCURRENT_READS, async (source) => {
    const entries = await readExisting(table, source, spec, signal);
    if (entries !== undefined) return [{ source, entries }];
    if (unmergeable.size >= MAX_UNMERGEABLE) unmergeable.clear();
    unmergeable.add(source.manifest_path);
    return [];
  });
  const readable = read.flat();
  if (readable.length < 2) return { sources: new Set() };
  const sources = new Set(readable.map(({ source }) => source.manifest_path));
  const entries = readable.flatMap((one) => one.entries);
  if (entries.length === 0) return { sources };
  const manifest = await storeRewritten(table, 'merged', DATA, entries.map(entryEncoder(spec)), signal);
  return { sources, manifest };
}

/** The live entries of a manifest; `undefined` if the manifest cannot be merged. */
async function readExisting(
  { store, identifier }: LoadedTable,
  source: ManifestListEntry,
  spec: PartitionSpec,
  signal: AbortSignal | undefined,
): Promise<ExistingEntry[] | undefined> {
  const { manifest_path: path, manifest_length: bytes } = source;
  const file = { path, kind: 'manifest', of: identifier.name, bytes: Number(bytes) } as const;
  try {
    return await readTableFile(store, file, (body) => existingEntriesOf(body, spec, source), signal);
  } catch (error) {
    if (error instanceof Damaged || error instanceof TableUnusable) return undefined;
    throw error;
  }
}
