/** Planning a scan: which data files a snapshot has, and which of them can have rows of certain days. */
import { TableUnusable } from '../errors/index.js';
import type { ObjectStore } from '../storage/object-store.js';
import { keyOf } from './location.js';
import { readManifest } from './manifest.js';
import { type ManifestListEntry, readManifestList } from './manifest-list.js';
import type { TableMetadata } from './metadata.js';
import { snapshotById } from './snapshot.js';
import type { DataFile } from './types.js';

export interface ScanOptions {
  /** Both ends included; days since 1970-01-01. Rows without a timestamp belong to no day. */
  dayRange?: { from: number; to: number };
  /** Manifests for which it answers false are not read. */
  manifests?: (manifest: ManifestListEntry) => boolean;
  /** An older snapshot; without it the current one. */
  snapshotId?: bigint;
  signal?: AbortSignal;
}

const DATA_MANIFEST = 0;

/**
 * The live data files of a snapshot, in the order of its manifests. Manifests outside the day range are not read. Delete
 * files are not applied: a file is listed also when some of its rows are deleted.
 */
export async function* scanFiles(
  store: ObjectStore,
  metadata: TableMetadata,
  options: ScanOptions = {},
): AsyncGenerator<DataFile> {
  const id = options.snapshotId ?? metadata['current-snapshot-id'];
  if (id === null) return;
  const snapshot = snapshotById(metadata, id);
  if (!snapshot) throw new TableUnusable(`The table has no snapshot ${id} (any more).`);
  const read = async (location: string): Promise<Buffer> =>
    (await store.get(keyOf(store, location), { signal: options.signal })).body;
  for (const manifest of readManifestList(await read(snapshot['manifest-list']))) {
    if (manifest.content !== DATA_MANIFEST || !mayMatch(metadata, manifest, options.dayRange)) continue;
    if (options.manifests?.(manifest) === false) continue;
    for (const { status, content, file } of readManifest(await read(manifest.manifest_path))) {
      if (status !== 'deleted' && content === 'data' && isInside(file.day, options.dayRange)) yield file;
    }
  }
}

/** NaN, the day of a null partition, is inside no range. */
function isInside(day: number, range: ScanOptions['dayRange']): boolean {
  return range === undefined || (day >= range.from && day <= range.to);
}

function mayMatch(metadata: TableMetadata, manifest: ManifestListEntry, range: ScanOptions['dayRange']): boolean {
  if (range === undefined) return true;
  const spec = metadata['partition-specs'].find((candidate) => candidate['spec-id'] === manifest.partition_spec_id);
  const position = spec?.fields.findIndex((field) => field.transform === 'day') ?? -1;
  // A manifest of a spec without days says nothing about them: its files have no day, and no range can name them.
  if (position < 0) throw unplannable(manifest);
  const summary = manifest.partitions?.[position];
  if (!summary) return true;
  const { lower_bound: lower, upper_bound: upper } = summary;
  // Without bounds all of its partitions are null.
  if (!lower || !upper) return false;
  return lower.readInt32LE() <= range.to && upper.readInt32LE() >= range.from;
}

function unplannable(manifest: ManifestListEntry): TableUnusable {
  return new TableUnusable(
    `${manifest.manifest_path} is partitioned by something else than days (spec ${manifest.partition_spec_id}).`,
    'Rewrite those files with the current partition spec.',
  );
}
