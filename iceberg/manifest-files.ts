/** Reads manifest lists and manifests, checks them against the metadata that refers to them, and writes manifests. */
import type { ObjectStore } from '../storage/object-store.js';
import type { LoadedTable } from './catalog.js';
import { readTableFile } from './damage.js';
import { hashedName } from './hashed-name.js';
import { keyOf } from './location.js';
import { type ManifestEntry, readManifest, type WantedMetrics, writeManifest } from './manifest.js';
import { type ManifestListEntry, readManifestList } from './manifest-list.js';
import type { Snapshot } from './metadata.js';
import { currentSchema, currentSpec } from './snapshot.js';
import type { DataFile, ManifestFile } from './types.js';

type Place = Pick<LoadedTable, 'store' | 'identifier'>;

/**
 * The manifests of a snapshot. Throws `Damaged` if the manifest list is missing, cannot be read, or belongs to another
 * snapshot.
 */
export function manifestsOf(
  { store, identifier }: Place,
  snapshot: Snapshot,
  signal?: AbortSignal,
): Promise<ManifestListEntry[]> {
  const file = { path: snapshot['manifest-list'], kind: 'manifest list', of: identifier.name } as const;
  return readTableFile(store, file, (body) => readManifestList(body, snapshot['snapshot-id']), signal);
}

/**
 * The entries of a manifest, with some of the metrics (absent: all). Throws `Damaged` if the manifest is
 * missing, cannot be read, or does not match its manifest list entry.
 */
export function entriesOf(
  store: ObjectStore,
  of: string,
  { manifest_path: path, manifest_length: bytes }: Pick<ManifestListEntry, 'manifest_path' | 'manifest_length'>,
  signal?: AbortSignal,
  metrics?: WantedMetrics,
): Promise<ManifestEntry[]> {
  const file = { path, kind: 'manifest', of, bytes: Number(bytes ?? 0) } as const;
  return readTableFile(store, file, (body) => readManifest(body, metrics), signal);
}

/**
 * Writes a manifest of new files to the `metadata/` folder of the table. Its name consists of `owner` and a hash of its content,
 * so a repeated attempt with the same files leaves no second object.
 */
export function storeManifest(
  { location, store, metadata }: LoadedTable,
  owner: string,
  files: readonly DataFile[],
  content: ManifestFile['content'] = 'data',
  signal?: AbortSignal,
): Promise<ManifestFile> {
  const key = (bytes: Buffer): string => `${keyOf(store, location)}/metadata/${hashedName(owner, bytes)}.avro`;
  const of = { schema: currentSchema(metadata), spec: currentSpec(metadata), content };
  return writeManifest(store, key, of, files, signal);
}
