/** Reads manifest lists and manifests from the store, and checks them against the metadata that refers to them. */
import type { ObjectStore } from '../storage/object-store.js';
import type { LoadedTable } from './catalog.js';
import { readTableFile } from './damage.js';
import { type ManifestEntry, readManifest } from './manifest.js';
import { type ManifestListEntry, readManifestList } from './manifest-list.js';
import type { Snapshot } from './metadata.js';

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

/** The entries of a manifest. Throws `Damaged` if it is missing, cannot be read, or does not match its manifest list entry. */
export function entriesOf(
  store: ObjectStore,
  of: string,
  { manifest_path: path, manifest_length: bytes }: Pick<ManifestListEntry, 'manifest_path' | 'manifest_length'>,
  signal?: AbortSignal,
): Promise<ManifestEntry[]> {
  const file = { path, kind: 'manifest', of, bytes: Number(bytes ?? 0) } as const;
  return readTableFile(store, file, readManifest, signal);
}
