/** Manifest lists and manifests in the store: read, and checked against what points to them, and written. */
import type { ObjectStore } from '../storage/object-store.js';
import type { LoadedTable } from './catalog.js';
import { readTableFile } from './damage.js';
import { hashedName } from './hashed-name.js';
import { keyOf } from './location.js';
import { type ManifestEntry, readManifest, writeManifest } from './manifest.js';
import { type ManifestListEntry, readManifestList } from './manifest-list.js';
import type { Snapshot } from './metadata.js';
import { currentSchema, currentSpec } from './snapshot.js';
import type { DataFile, ManifestFile } from './types.js';

type Place = Pick<LoadedTable, 'store' | 'identifier'>;

/** The manifests of a snapshot. Throws `Damaged` where the list is gone, cannot be read, or is that of another snapshot. */
export function manifestsOf(
  { store, identifier }: Place,
  snapshot: Snapshot,
  signal?: AbortSignal,
): Promise<ManifestListEntry[]> {
  const file = { path: snapshot['manifest-list'], kind: 'manifest list', of: identifier.name } as const;
  return readTableFile(store, file, (body) => readManifestList(body, snapshot['snapshot-id']), signal);
}

/** The entries of a manifest. Throws `Damaged` where it is gone, cannot be read, or is another one than the list says. */
export function entriesOf(
  store: ObjectStore,
  of: string,
  { manifest_path: path, manifest_length: bytes }: Pick<ManifestListEntry, 'manifest_path' | 'manifest_length'>,
  signal?: AbortSignal,
): Promise<ManifestEntry[]> {
  const file = { path, kind: 'manifest', of, bytes: Number(bytes ?? 0) } as const;
  return readTableFile(store, file, readManifest, signal);
}

/**
 * Writes a manifest of new files in the table's `metadata/`. Its name is `owner` and a hash of its bytes: the same files give
 * the same object, so a repeated attempt leaves no second one.
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
