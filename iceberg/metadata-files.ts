/**
 * The metadata files of a table in the storage catalog, `metadata/vN.metadata.json`, and which of them is the newest.
 *
 * Whoever deletes old ones has to begin with the oldest and to leave those that the metadata log names: readers go upward
 * from the hint without gaps.
 */
import {
  AlreadyExists,
  CommitConflict,
  CommitStateUnknown,
  Damaged,
  ObjectNotFound,
  StorageUnavailable,
  TableUnusable,
} from '../errors/index.js';
import type { ObjectInfo, ObjectStore } from '../storage/object-store.js';
import { readAvro } from './avro.js';
import type { LoadedTable, TableIdentifier } from './catalog.js';
import { gone, unreadableBecause } from './damage.js';
import { locationOf, tableKey } from './location.js';
import { parseMetadata, serializeMetadata, type TableMetadata } from './metadata.js';
import { snapshotById } from './snapshot.js';

/** A metadata file as it is stored. */
interface Text {
  text: string;
  etag: string;
}

/** A version that was seen, and by its ETag seen again. */
export interface Version {
  version: number;
  etag: string;
  table: LoadedTable;
}

const metadataKey = (identifier: TableIdentifier, version: number): string =>
  `${tableKey(identifier)}/metadata/v${version}.metadata.json`;
const hintKey = (identifier: TableIdentifier): string => `${tableKey(identifier)}/metadata/version-hint.text`;

/** Creates version N, or says why not: `CommitConflict` (somebody else has the number) or `CommitStateUnknown`. */
export async function publish(
  store: ObjectStore,
  identifier: TableIdentifier,
  version: number,
  metadata: TableMetadata,
): Promise<Version> {
  const key = metadataKey(identifier, version);
  const text = serializeMetadata(metadata);
  let etag: string;
  try {
    ({ etag } = await store.put(key, Buffer.from(text), { ifNoneMatch: '*' }));
  } catch (error) {
    // AlreadyExists may be our own write, when a client library sent the request twice. StorageUnavailable may be too.
    if (!(error instanceof AlreadyExists || error instanceof StorageUnavailable)) throw error;
    const stored = await readBack(store, key, error);
    if (stored.text !== text)
      throw new CommitConflict(`Another writer created ${key} first.`, undefined, { cause: error });
    ({ etag } = stored);
  }
  try {
    await store.put(hintKey(identifier), Buffer.from(String(version)));
  } catch {
    // The commit is done. The hint only saves readers some requests, and the next commit writes it again.
  }
  return { version, etag, table: loaded(store, identifier, version, metadata) };
}

async function readBack(store: ObjectStore, key: string, cause: unknown): Promise<Text> {
  try {
    const { body, etag } = await store.get(key);
    return { text: body.toString(), etag };
  } catch {
    // Not there: the request may still be under way. Not readable: nobody knows.
    throw new CommitStateUnknown(`The store did not say whether ${key} was written.`, undefined, { cause });
  }
}

/**
 * The newest version. The hint may be missing, and a slow writer may have put it back, but it never is ahead: so from the
 * hinted version upward until there is no next one. Without a usable hint the listing decides. Throws `Damaged` where that
 * version cannot be read, or where the hint knows of a later one.
 */
export async function findCurrent(store: ObjectStore, identifier: TableIdentifier): Promise<Version | undefined> {
  const read = (of: number): Promise<Text | undefined> => textOf(store, metadataKey(identifier, of));
  let version = await hinted(store, identifier);
  let [text, next] = version === undefined ? [] : await Promise.all([read(version), read(version + 1)]);
  if (version === undefined || text === undefined) {
    const hint = version;
    version = await listed(store, identifier);
    if (hint !== undefined && hint > (version ?? 0)) await assertNotLost(store, identifier, version, hint);
    if (version === undefined) return undefined;
    [text, next] = await Promise.all([read(version), read(version + 1)]);
    // Deleted since it was listed: the table was dropped.
    if (text === undefined) return undefined;
  }
  return upward(store, identifier, version, text, next);
}

/**
 * The hint names a version that is not there. It is written after the version, so either that was deleted, or the hint is
 * wrong. Deleted it was when the hint is the very next number, or when there are manifest lists of snapshots that the
 * newest version does not have. Otherwise the hint is taken for wrong, and the next commit puts it right.
 */
async function assertNotLost(
  store: ObjectStore,
  identifier: TableIdentifier,
  newest: number | undefined,
  hint: number,
): Promise<void> {
  const read = newest === undefined ? undefined : await textOf(store, metadataKey(identifier, newest));
  const known = read === undefined ? undefined : versionAt(store, identifier, newest as number, read.text);
  if (hint !== (newest ?? 0) + 1 && !(await hasLaterSnapshot(store, identifier, known?.metadata))) return;
  throw lostVersion(store, identifier, hint, newest);
}

/** Manifest lists of lost tries and of expired snapshots lie there too; the newest say enough. */
const LISTS_LOOKED_AT = 20;

function sequenceOf(list: Buffer): bigint | undefined {
  try {
    return BigInt(readAvro(list).metadata['sequence-number']);
  } catch {
    return undefined;
  }
}

async function hasLaterSnapshot(
  store: ObjectStore,
  identifier: TableIdentifier,
  metadata: TableMetadata | undefined,
): Promise<boolean> {
  const known = new Set(metadata?.snapshots.map((snapshot) => String(snapshot['snapshot-id'])));
  const unknown: ObjectInfo[] = [];
  for await (const page of store.list(`${tableKey(identifier)}/metadata/snap-`))
    unknown.push(...page.objects.filter(({ key }) => !known.has(/\/snap-(\d+)-/.exec(key)?.[1] ?? '')));
  unknown.sort((one, two) => two.lastModified - one.lastModified);
  for (const { key } of unknown.slice(0, LISTS_LOOKED_AT)) {
    const sequence = sequenceOf((await store.get(key)).body);
    if (sequence !== undefined && sequence > (metadata?.['last-sequence-number'] ?? 0n)) return true;
  }
  return false;
}

/** The error for a version that was there, and is not any more, nor is a later one. */
export function lostVersion(
  store: ObjectStore,
  identifier: TableIdentifier,
  lost: number,
  newest: number | undefined,
): Damaged {
  const path = locationOf(store, metadataKey(identifier, lost));
  const { message, cure } = gone(path, 'metadata file', identifier.name);
  const left =
    newest === undefined ? 'no other version is there' : `the newest version that is there, v${newest}, is older`;
  return new Damaged({ path, how: 'gone' }, `${message.replace(/\.$/, '')}: ${left}.`, String(cure));
}

/**
 * The same from a version that was seen: in one round trip when nothing has happened. `undefined` where the table may be
 * another one by now, or has versions that cannot be told by going upward.
 */
export async function newer(
  store: ObjectStore,
  identifier: TableIdentifier,
  known: Version,
): Promise<Version | undefined> {
  const [hint, etag, next] = await Promise.all([
    hinted(store, identifier),
    etagOf(store, metadataKey(identifier, known.version)),
    textOf(store, metadataKey(identifier, known.version + 1)),
  ]);
  if (etag !== known.etag) return undefined;
  if (next !== undefined) {
    const version = known.version + 1;
    return upward(store, identifier, version, next, await textOf(store, metadataKey(identifier, version + 1)));
  }
  return hint === undefined || hint <= known.version ? known : undefined;
}

/** From a version, and what is known of the next one, to the last of the row. */
async function upward(
  store: ObjectStore,
  identifier: TableIdentifier,
  first: number,
  text: Text,
  next: Text | undefined,
): Promise<Version> {
  let version = first;
  let [newest, after] = [text, next];
  while (after !== undefined) {
    newest = after;
    version++;
    after = await textOf(store, metadataKey(identifier, version + 1));
  }
  return { version, etag: newest.etag, table: versionAt(store, identifier, version, newest.text) };
}

/** A version by its text. Throws `Damaged` where it is none of this table and this number. */
function versionAt(store: ObjectStore, identifier: TableIdentifier, version: number, text: string): LoadedTable {
  const path = locationOf(store, metadataKey(identifier, version));
  const file = { path, kind: 'metadata file', of: identifier.name } as const;
  try {
    if (text === '') throw new TableUnusable('It is empty');
    const metadata = parseMetadata(text);
    assertComplete(metadata);
    const { location } = metadata;
    if (!location.replace(/\/+$/, '').endsWith(`/${tableKey(identifier)}`))
      throw new TableUnusable(`It is the metadata of another table, at ${location}`);
    // Every writer logs the version that it has followed (spec, "metadata-log").
    const before = /\/v(\d{1,15})\.metadata\.json$/.exec(metadata['metadata-log'].at(-1)?.['metadata-file'] ?? '')?.[1];
    if (before !== undefined && Number(before) !== version - 1)
      throw new TableUnusable(`It is the version after v${before}, and should be the one after v${version - 1}`);
    return loaded(store, identifier, version, metadata);
  } catch (error) {
    throw unreadableBecause(file, error);
  }
}

/** What no writer leaves out (spec, "Table Metadata Fields"). */
function assertComplete(metadata: TableMetadata): void {
  const { 'table-uuid': uuid, location, schemas, 'partition-specs': specs, 'current-snapshot-id': current } = metadata;
  if (typeof uuid !== 'string' || typeof location !== 'string')
    throw new TableUnusable('It lacks table-uuid or location');
  if (!Array.isArray(schemas) || !Array.isArray(specs)) throw new TableUnusable('It lacks schemas or partition-specs');
  if (current !== null && snapshotById(metadata, current) === undefined)
    throw new TableUnusable(`It lacks its current snapshot ${current}`);
}

async function hinted(store: ObjectStore, identifier: TableIdentifier): Promise<number | undefined> {
  const text = (await textOf(store, hintKey(identifier)))?.text.trim() ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/**
 * Other writers may compress (spec, "Naming for GZIP compressed Metadata JSON files"). A newest version that cannot be read
 * must stop us: its number is taken, though the plain name is free.
 */
async function listed(store: ObjectStore, identifier: TableIdentifier): Promise<number | undefined> {
  let newest: { version: number; key: string; plain: boolean } | undefined;
  for await (const page of store.list(`${tableKey(identifier)}/metadata/v`)) {
    for (const { key } of page.objects) {
      const match = /\/v(\d{1,15})\.(metadata\.json|gz\.metadata\.json|metadata\.json\.gz)$/.exec(key);
      if (!match) continue;
      const version = Number(match[1]);
      if (version > (newest?.version ?? -1)) newest = { version, key, plain: match[2] === 'metadata.json' };
    }
  }
  if (newest === undefined || newest.plain) return newest?.version;
  throw new TableUnusable(
    `${newest.key} is compressed, which this version cannot read.`,
    'Set write.metadata.compression-codec of the table to none, and let its other writer commit once more.',
  );
}

async function textOf(store: ObjectStore, key: string): Promise<Text | undefined> {
  return unlessMissing(async () => {
    const { body, etag } = await store.get(key);
    return { text: body.toString(), etag };
  });
}

async function etagOf(store: ObjectStore, key: string): Promise<string | undefined> {
  return unlessMissing(async () => (await store.head(key)).etag);
}

async function unlessMissing<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ObjectNotFound) return undefined;
    throw error;
  }
}

function loaded(
  store: ObjectStore,
  identifier: TableIdentifier,
  version: number,
  metadata: TableMetadata,
): LoadedTable {
  const metadataLocation = locationOf(store, metadataKey(identifier, version));
  return { identifier, location: metadata.location, store, metadataLocation, metadata };
}

/** The number of a metadata file. */
export function versionOf(metadataLocation: string): number {
  const version = /\/v(\d{1,15})\.metadata\.json$/.exec(metadataLocation)?.[1];
  if (version === undefined) throw new TableUnusable(`${metadataLocation} is no metadata file of the storage catalog.`);
  return Number(version);
}
