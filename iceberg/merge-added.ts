/** Merges the manifests of a commit's new data files into one. */
import { TableUnusable } from '../errors/index.js';
import { mapConcurrent } from '../storage/concurrency.js';
import type { LoadedTable } from './catalog.js';
import { hashedName } from './hashed-name.js';
import { keyOf } from './location.js';
import { writeManifest } from './manifest.js';
import { entriesOf } from './manifest-files.js';
import { currentSchema, specById } from './snapshot.js';
import type { ManifestFile } from './types.js';

/** Manifests that are read concurrently. */
const CONCURRENT_READS = 8;

/**
 * Merges manifests of new data files into one per partition spec. There is only one spec, unless it was changed in the
 * meantime. Delete manifests and a single data manifest are returned unchanged. The same manifests give the same file with the
 * same name, so a retry does not leave a second copy. Throws `Damaged` if a manifest is missing or cannot be read, and
 * `TableUnusable` for a spec that the table does not have.
 * @param owner prefix of the manifest's name
 */
export async function mergeAdded(
  table: LoadedTable,
  owner: string,
  manifests: readonly ManifestFile[],
  signal?: AbortSignal,
): Promise<ManifestFile[]> {
  for (const { specId, path } of manifests) {
    if (specById(table.metadata, specId) === undefined)
      throw new TableUnusable(`The table has no partition spec ${specId}, which ${path} uses.`);
  }
  const deletes = manifests.filter(({ content }) => content === 'deletes');
  const data = manifests.filter(({ content }) => content === 'data');
  const merged: ManifestFile[] = [];
  for (const specId of new Set(data.map((manifest) => manifest.specId))) {
    const ofSpec = data.filter((manifest) => manifest.specId === specId);
    merged.push(ofSpec.length === 1 ? ofSpec[0] : await mergeOfSpec(table, owner, ofSpec, signal));
  }
  return [...merged, ...deletes];
}

async function mergeOfSpec(
  { store, location, identifier, metadata }: LoadedTable,
  owner: string,
  manifests: readonly ManifestFile[],
  signal: AbortSignal | undefined,
): Promise<ManifestFile> {
  const spec = specById(metadata, manifests[0].specId);
  if (spec === undefined) throw new Error('The spec must exist: mergeAdded has checked it');
  const entries = await mapConcurrent(manifests, CONCURRENT_READS, ({ path, length }) =>
    entriesOf(store, identifier.name, { manifest_path: path, manifest_length: BigInt(length) }, signal),
  );
  const files = entries.flat().map(({ file }) => file);
  const name = (bytes: Buffer): string => hashedName(owner.replace(/[^\w.-]/g, '-'), bytes);
  const key = (bytes: Buffer): string => `${keyOf(store, location)}/metadata/${name(bytes)}.avro`;
  return writeManifest(store, key, { schema: currentSchema(metadata), spec }, files, signal);
}
