/**
 * The metadata files of a table in the storage catalog: `metadata/vN.metadata.json` and `metadata/version-hint.text`.
 *
 * Old versions are removed in ascending order (maintenance/old-metadata.ts): readers go up from the hinted version and stop at
 * the first gap.
 */
import {
  AlreadyExists,
  CommitConflict,
  CommitStateUnknown,
  ObjectNotFound,
  StorageUnavailable,
  TableUnusable,
} from '../errors/index.js';
import type { ObjectStore } from '../storage/object-store.js';
import type { LoadedTable, TableIdentifier } from './catalog.js';
import { toUnreadableFileError } from './damage.js';
import { locationOf, tableKey } from './location.js';
import { parseMetadata, serializeMetadata, type TableMetadata } from './metadata.js';
import { snapshotById } from './snapshot.js';

/** The location of a table's metadata files, and the signal that aborts calls to the store. */
export interface MetadataDirectory {
  store: ObjectStore;
  identifier: TableIdentifier;
  signal?: AbortSignal;
}

/** The content of a metadata file. */
export interface MetadataText {
  text: string;
  etag: string;
}

/** A version of a table. The ETag detects whether its file was replaced. */
export interface Version {
  version: number;
  etag: string;
  table: LoadedTable;
}

/** The key of version N. */
export function metadataKey(identifier: TableIdentifier, version: number): string {
  return `${tableKey(identifier)}/metadata/v${version}.metadata.json`;
}

const hintKey = (identifier: TableIdentifier): string => `${tableKey(identifier)}/metadata/version-hint.text`;

/**
 * Creates version N, without the hint. Throws `CommitConflict` (another writer has created it) or `CommitStateUnknown`
 * (the store did not respond).
 */
export async function publish(
  directory: MetadataDirectory,
  version: number,
  metadata: TableMetadata,
): Promise<Version> {
  const { store, identifier, signal } = directory;
  const key = metadataKey(identifier, version);
  const text = serializeMetadata(metadata);
  let etag: string;
  try {
    ({ etag } = await store.put(key, Buffer.from(text), { ifNoneMatch: '*', signal }));
  } catch (error) {
    signal?.throwIfAborted();
    // AlreadyExists can be due to our own write if a client library sent the request twice; after StorageUnavailable, the write
    // may have succeeded.
    if (!(error instanceof AlreadyExists || error instanceof StorageUnavailable)) throw error;
    const stored = await readBack(directory, key, error);
    if (stored.text !== text)
      throw new CommitConflict(`Another writer created ${key} first.`, undefined, { cause: error });
    ({ etag } = stored);
  }
  return { version, etag, table: loadedTable(directory, version, metadata, text) };
}

/** Records version N as the newest one, for readers. */
export async function writeHint({ store, identifier, signal }: MetadataDirectory, version: number): Promise<void> {
  await store.put(hintKey(identifier), Buffer.from(String(version)), { signal });
}

async function readBack({ store, signal }: MetadataDirectory, key: string, cause: unknown): Promise<MetadataText> {
  try {
    const { body, etag } = await store.get(key, { signal });
    return { text: body.toString(), etag };
  } catch {
    signal?.throwIfAborted();
    // If the object does not exist, the request may still be in flight; if it cannot be read, the state is unknown.
    throw new CommitStateUnknown(`It is unknown whether ${key} was written: the store did not respond.`, undefined, {
      cause,
    });
  }
}

/** The text of version N; `undefined` if it does not exist. */
export function readVersion(
  { store, identifier, signal }: MetadataDirectory,
  version: number,
): Promise<MetadataText | undefined> {
  return textOf(store, metadataKey(identifier, version), signal);
}

/** The ETag of version N; `undefined` if it does not exist. */
export async function versionEtag(directory: MetadataDirectory, version: number): Promise<string | undefined> {
  const { store, identifier, signal } = directory;
  return unlessMissing(async () => (await store.head(metadataKey(identifier, version), { signal })).etag);
}

/** The version in the version hint; `undefined` without a usable hint. */
export async function readHint({ store, identifier, signal }: MetadataDirectory): Promise<number | undefined> {
  const text = (await textOf(store, hintKey(identifier), signal))?.text.trim() ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Parses version N. Throws `Damaged` if the text is not the metadata of this table and version. */
export function parseVersion(directory: MetadataDirectory, version: number, text: string): LoadedTable {
  const { store, identifier } = directory;
  const path = locationOf(store, metadataKey(identifier, version));
  const file = { path, kind: 'metadata file', of: identifier.name } as const;
  try {
    if (text === '') throw new TableUnusable('It is empty');
    const metadata = parseMetadata(text);
    assertComplete(metadata);
    const { location } = metadata;
    if (!location.replace(/\/+$/, '').endsWith(`/${tableKey(identifier)}`))
      throw new TableUnusable(`It is the metadata of another table, at ${location}`);
    // Every writer logs the previous version (spec, "metadata-log").
    const before = /\/v(\d{1,15})\.metadata\.json$/.exec(metadata['metadata-log'].at(-1)?.['metadata-file'] ?? '')?.[1];
    if (before !== undefined && Number(before) !== version - 1)
      throw new TableUnusable(`Its previous version is v${before} instead of v${version - 1}`);
    return loadedTable(directory, version, metadata, text);
  } catch (error) {
    throw toUnreadableFileError(file, error);
  }
}

/** The version number in the location of a metadata file of the storage catalog. */
export function versionOf(metadataLocation: string): number {
  const version = /\/v(\d{1,15})\.metadata\.json$/.exec(metadataLocation)?.[1];
  if (version === undefined)
    throw new TableUnusable(`${metadataLocation} is not a metadata file of the storage catalog.`);
  return Number(version);
}

/** Checks the fields that all writers write (spec, "Table Metadata Fields"). */
function assertComplete(metadata: TableMetadata): void {
  const { 'table-uuid': uuid, location, schemas, 'partition-specs': specs, 'current-snapshot-id': current } = metadata;
  if (typeof uuid !== 'string' || typeof location !== 'string')
    throw new TableUnusable('It lacks table-uuid or location');
  if (!Array.isArray(schemas) || !Array.isArray(specs)) throw new TableUnusable('It lacks schemas or partition-specs');
  if (current !== null && snapshotById(metadata, current) === undefined)
    throw new TableUnusable(`It lacks its current snapshot ${current}`);
}

function textOf(store: ObjectStore, key: string, signal?: AbortSignal): Promise<MetadataText | undefined> {
  return unlessMissing(async () => {
    const { body, etag } = await store.get(key, { signal });
    return { text: body.toString(), etag };
  });
}

async function unlessMissing<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ObjectNotFound) return undefined;
    throw error;
  }
}

function loadedTable(
  { store, identifier }: MetadataDirectory,
  version: number,
  metadata: TableMetadata,
  text: string,
): LoadedTable {
  const metadataLocation = locationOf(store, metadataKey(identifier, version));
  const metadataBytes = Buffer.byteLength(text);
  return { identifier, location: metadata.location, store, metadataLocation, metadataBytes, metadata };
}
