/** Stores manifests of entries that earlier snapshots have added: those that commits merge, and those of maintenance. */
import { randomUUID } from 'node:crypto';
import type { LoadedTable } from './catalog.js';
import { hashedName } from './hashed-name.js';
import { keyOf, locationOf } from './location.js';
import { manifestBytes } from './manifest.js';
import { dayBytes, type ManifestListEntry, type PartitionSummary } from './manifest-list.js';
import type { EncodedEntry } from './manifest-rewrite.js';
import { currentSchema, currentSpec } from './snapshot.js';

/**
 * An entry of a manifest list, without the values that depend on the snapshot that uses it. Without a
 * `min_sequence_number`, all entries are deleted, and the snapshot's number applies.
 */
export type RewrittenManifest = Omit<
  ManifestListEntry,
  'sequence_number' | 'added_snapshot_id' | 'min_sequence_number'
> & { min_sequence_number?: bigint };

/**
 * A manifest of the current partition spec, with the entries in their order.
 * @param content 0: data files, 1: delete files (spec, field 517)
 */
export function rewrittenBytes(
  { metadata }: Pick<LoadedTable, 'metadata'>,
  content: number,
  entries: readonly EncodedEntry[],
): Buffer {
  const of = { schema: currentSchema(metadata), spec: currentSpec(metadata) };
  const encoded = entries.map((entry) => entry.bytes);
  return manifestBytes({ ...of, content: content === 1 ? 'deletes' : 'data' }, encoded);
}

/**
 * Writes a manifest under a fresh name.
 * @param owner the first part of its name
 * @param bytes the entries as serialized by {@link rewrittenBytes}
 */
export async function storeRewritten(
  table: LoadedTable,
  owner: string,
  content: number,
  entries: readonly EncodedEntry[],
  signal?: AbortSignal,
  bytes = rewrittenBytes(table, content, entries),
): Promise<RewrittenManifest> {
  const { store, location, metadata } = table;
  const spec = currentSpec(metadata);
  const key = `${keyOf(store, location)}/metadata/${hashedName(`${owner}-${randomUUID()}`, bytes)}.avro`;
  await store.put(key, bytes, { signal });
  return {
    manifest_path: locationOf(store, key),
    manifest_length: BigInt(bytes.length),
    partition_spec_id: spec['spec-id'],
    content,
    key_metadata: null,
    ...countsOf(entries),
  };
}

/** The entry of a snapshot's manifest list. */
export function listedBy(
  manifest: RewrittenManifest,
  { id, sequenceNumber }: { id: bigint; sequenceNumber: bigint },
): ManifestListEntry {
  const { min_sequence_number: min = sequenceNumber } = manifest;
  return { ...manifest, min_sequence_number: min, sequence_number: sequenceNumber, added_snapshot_id: id };
}

function countsOf(entries: readonly EncodedEntry[]) {
  const live = entries.filter(({ isDeleted }) => !isDeleted);
  const rowsOf = (of: readonly EncodedEntry[]): bigint => of.reduce((sum, { rows }) => sum + rows, 0n);
  const rows = rowsOf(live);
  return {
    min_sequence_number: live.reduce<bigint | undefined>(
      (min, { sequenceNumber: one }) => (min === undefined || one < min ? one : min),
      undefined,
    ),
    added_files_count: 0,
    existing_files_count: live.length,
    deleted_files_count: entries.length - live.length,
    added_rows_count: 0n,
    existing_rows_count: rows,
    deleted_rows_count: rowsOf(entries) - rows,
    partitions: [partitionSummary(entries)],
  };
}

function partitionSummary(entries: readonly EncodedEntry[]): PartitionSummary {
  let [min, max, containsNull] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, false];
  for (const { day } of entries) {
    if (day === null) containsNull = true;
    else [min, max] = [Math.min(min, day), Math.max(max, day)];
  }
  const bound = (day: number): Buffer | null => (Number.isFinite(day) ? dayBytes(day) : null);
  return { contains_null: containsNull, contains_nan: false, lower_bound: bound(min), upper_bound: bound(max) };
}
