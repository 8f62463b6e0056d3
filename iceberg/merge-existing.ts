/**
 * Keeps manifest lists small: a commit merges the small data manifests of earlier commits, like Iceberg's MergeAppend. Merged
 * entries keep their snapshot id and their sequence numbers (spec, "Manifests"), and all fields of their data files.
 */
import { randomUUID } from 'node:crypto';
import { Damaged, TableUnusable } from '../errors/index.js';
import { mapConcurrent } from '../storage/concurrency.js';
import type { LoadedTable } from './catalog.js';
import { readTableFile } from './damage.js';
import { hashedName } from './hashed-name.js';
import { keyOf, locationOf } from './location.js';
import { manifestBytes } from './manifest.js';
import { dayBytes, type ManifestListEntry } from './manifest-list.js';
import { type ExistingEntry, existingEntriesOf } from './manifest-rewrite.js';
import type { PartitionSpec, TableMetadata } from './metadata.js';
import { currentSchema, currentSpec, dayFieldOf, isDaySpec } from './snapshot.js';

/** As `content` of a manifest list entry (spec, field 517). */
const DATA = 0;

/** Manifests that are read at once. */
const READ_AT_ONCE = 16;

/** Manifests that one commit merges at the most; the next commits merge the others. */
const MOST_MERGED = 1_000;

/** The table properties of Iceberg's MergeAppend, with Iceberg's defaults. */
interface MergeSettings {
  isEnabled: boolean;
  /** With fewer small manifests than this, nothing is merged. */
  minCount: number;
  /** Size of a merged manifest, bytes. */
  targetBytes: number;
}

function settingsOf({ properties }: TableMetadata): MergeSettings {
  const number = (name: string, otherwise: number): number => {
    const value = properties[name];
    return value !== undefined && /^\d+$/.test(value) ? Number(value) : otherwise;
  };
  return {
    isEnabled: properties['commit.manifest-merge.enabled'] !== 'false',
    minCount: number('commit.manifest.min-count-to-merge', 100),
    targetBytes: number('commit.manifest.target-size-bytes', 8 * 1024 * 1024),
  };
}

/**
 * Paths of manifests that this process could not merge: the next commits do not read them again. Bounded, as a process may
 * see many tables.
 */
const unmergeable = new Set<string>();
const MOST_UNMERGEABLE = 100_000;

/** A group of manifests that was read, and the merged manifest if it was written. */
interface MergedGroup {
  /** Paths of the manifests whose entries are in the merged one. */
  sources: ReadonlySet<string>;
  /** Its sequence number and snapshot are those of the attempt that uses it. Absent: no live entry was left. */
  manifest?: Omit<ManifestListEntry, 'sequence_number' | 'added_snapshot_id'>;
}

/** Merges manifests for the attempts of one commit: what one attempt has written the next one uses again. */
export class ManifestMerger {
  /** By the paths of all manifests of the group. */
  private readonly groups = new Map<string, MergedGroup>();
  /** Paths of merged manifests that the newest attempt does not use. */
  private readonly unused = new Set<string>();

  /**
   * Returns the entries of the parent's manifest list, with groups of small data manifests of the current partition spec
   * replaced by one manifest each. A manifest that is damaged, or that has fields which this version does not know, stays as
   * it is: a commit does not fail because of files that it only carries over.
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
      merged.push({ ...manifest, sequence_number: snapshot.sequenceNumber, added_snapshot_id: snapshot.id });
    }
    return [...entries.filter((entry) => !replaced.has(entry.manifest_path)), ...merged];
  }

  /** After the commit: deletes what lost attempts have written. What cannot be deleted stays as an orphan file. */
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
 * Which manifests to merge with each other: the oldest first, so that the commits of a merged manifest are neighbors, and
 * with them the days of its files. Manifests of half the target size stay, else every merge would rewrite them.
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
    .slice(0, MOST_MERGED);
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
  const { store, location, metadata } = table;
  const spec = currentSpec(metadata);
  const read = await mapConcurrent(group, READ_AT_ONCE, async (source) => {
    const entries = await readExisting(table, source, spec, signal);
    if (entries !== undefined) return [{ source, entries }];
    if (unmergeable.size >= MOST_UNMERGEABLE) unmergeable.clear();
    unmergeable.add(source.manifest_path);
    return [];
  });
  const readable = read.flat();
  if (readable.length < 2) return { sources: new Set() };
  const sources = new Set(readable.map(({ source }) => source.manifest_path));
  const entries = readable.flatMap((one) => one.entries);
  if (entries.length === 0) return { sources };
  const bytes = manifestBytes({ schema: currentSchema(metadata), spec }, entries);
  const key = `${keyOf(store, location)}/metadata/${hashedName(`merged-${randomUUID()}`, bytes)}.avro`;
  await store.put(key, bytes, { signal });
  const manifest = { ...countsOf(entries, spec), ...placeOf(locationOf(store, key), bytes, spec) };
  return { sources, manifest };
}

/** `undefined` where the manifest stays as it is. */
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

function placeOf(path: string, bytes: Buffer, spec: PartitionSpec) {
  return {
    manifest_path: path,
    manifest_length: BigInt(bytes.length),
    partition_spec_id: spec['spec-id'],
    content: DATA,
    key_metadata: null,
  };
}

function countsOf(entries: readonly ExistingEntry[], spec: PartitionSpec) {
  const days = entries.map(({ data_file: file }) => file.partition[dayFieldOf(spec).name]);
  const known = days.filter((day) => day !== null);
  const ofDay = (pick: (one: number, two: number) => number): Buffer | null =>
    known.length === 0 ? null : dayBytes(known.reduce((one, two) => pick(one, two)));
  return {
    min_sequence_number: entries.map((entry) => entry.sequence_number).sort(compare)[0],
    added_files_count: 0,
    existing_files_count: entries.length,
    deleted_files_count: 0,
    added_rows_count: 0n,
    existing_rows_count: entries.reduce((sum, { data_file: file }) => sum + file.record_count, 0n),
    deleted_rows_count: 0n,
    partitions: [
      {
        contains_null: known.length < days.length,
        contains_nan: false,
        lower_bound: ofDay((one, two) => Math.min(one, two)),
        upper_bound: ofDay((one, two) => Math.max(one, two)),
      },
    ],
  };
}
