/** Detects deleted metadata files of the storage catalog: a table without its newest versions is damaged. */
import { Damaged } from '../errors/index.js';
import type { ListedObject } from '../storage/object-store.js';
import { readAvro } from './avro.js';
import { missingFileError } from './damage.js';
import { locationOf, tableKey } from './location.js';
import type { TableMetadata } from './metadata.js';
import { type MetadataDirectory, metadataKey, parseVersion, readVersion } from './metadata-files.js';

/** Failed attempts and expired snapshots leave manifest lists too; checking the newest ones is enough. */
const MAX_LISTS_CHECKED = 20;

/**
 * Handles a hint that names a version that does not exist. The hint is written after the version, so either the version was
 * deleted, or the hint is wrong. The version was deleted if the hint is the next number, or if there are manifest lists of
 * snapshots that the newest version does not contain: then this throws `Damaged`. Otherwise, the next commit corrects the hint.
 * @param newest the newest version that exists
 */
export async function assertNotLost(
  directory: MetadataDirectory,
  newest: number | undefined,
  hint: number,
): Promise<void> {
  const read = newest === undefined ? undefined : await readVersion(directory, newest);
  const known = read === undefined ? undefined : parseVersion(directory, newest as number, read.text);
  if (hint !== (newest ?? 0) + 1 && !(await hasLaterSnapshot(directory, known?.metadata))) return;
  throw missingVersionError(directory, hint, newest);
}

/** The error for a version that was deleted, like all versions after it. `newest`: the newest version that exists. */
export function missingVersionError(
  { store, identifier }: Omit<MetadataDirectory, 'signal'>,
  lost: number,
  newest: number | undefined,
): Damaged {
  const path = locationOf(store, metadataKey(identifier, lost));
  const { message, cure } = missingFileError(path, 'metadata file', identifier.name);
  const left =
    newest === undefined ? 'there is no other version' : `the newest version that exists, v${newest}, is older`;
  return new Damaged({ path, how: 'gone' }, `${message.replace(/\.$/, '')}: ${left}.`, String(cure));
}

async function hasLaterSnapshot(
  { store, identifier, signal }: MetadataDirectory,
  metadata: TableMetadata | undefined,
): Promise<boolean> {
  const known = new Set(metadata?.snapshots.map((snapshot) => String(snapshot['snapshot-id'])));
  const unknown: ListedObject[] = [];
  for await (const page of store.list(`${tableKey(identifier)}/metadata/snap-`, { signal }))
    unknown.push(...page.objects.filter(({ key }) => !known.has(/\/snap-(\d+)-/.exec(key)?.[1] ?? '')));
  unknown.sort((one, two) => two.lastModified - one.lastModified);
  for (const { key } of unknown.slice(0, MAX_LISTS_CHECKED)) {
    const sequence = sequenceNumberOf((await store.get(key, { signal })).body);
    if (sequence !== undefined && sequence > (metadata?.['last-sequence-number'] ?? 0n)) return true;
  }
  return false;
}

function sequenceNumberOf(manifestList: Buffer): bigint | undefined {
  try {
    return BigInt(readAvro(manifestList).metadata['sequence-number']);
  } catch {
    return undefined;
  }
}
