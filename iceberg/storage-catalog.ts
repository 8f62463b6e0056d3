/**
 * A catalog that is only files, like Iceberg's HadoopCatalog: `<namespace>/<table>/metadata/vN.metadata.json`. A commit is
 * the conditional creation of the next number, so it needs nothing of the store but `If-None-Match: *`.
 *
 * Whoever deletes old metadata files has to begin with the oldest and to leave those that the metadata log names: readers
 * go upward from the hint without gaps.
 */
import { randomUUID } from 'node:crypto';
import {
  AlreadyExists,
  CommitConflict,
  CommitStateUnknown,
  ObjectNotFound,
  StorageUnavailable,
  TableUnusable,
} from '../errors/index.js';
import type { ObjectStore } from '../storage/object-store.js';
import type { Catalog, LoadedTable, TableIdentifier } from './catalog.js';
import { locationOf, tableKey, tableLocation } from './location.js';
import { newTableMetadata, parseMetadata, serializeMetadata, type TableMetadata } from './metadata.js';
import { applyUpdates, checkRequirements } from './updates.js';

export interface StorageCatalogOptions {
  /** Milliseconds since the epoch; for tests. */
  now?: () => number;
}

interface Found {
  version: number;
  table: LoadedTable;
}

/** Opens the catalog of a warehouse. Nothing is read or written until a table is asked for. */
export function createStorageCatalog(store: ObjectStore, options: StorageCatalogOptions = {}): Catalog {
  const now = options.now ?? Date.now;
  const find = (identifier: TableIdentifier): Promise<Found | undefined> => findCurrent(store, identifier);
  return {
    description: `storage catalog at ${store.uri}`,

    async ensureTable(identifier, create) {
      const found = await find(identifier);
      if (found) return found.table;
      const location = tableLocation(store, identifier);
      const metadata = newTableMetadata({ ...create, location, uuid: randomUUID(), now: now() });
      try {
        return await publish(store, identifier, 1, metadata);
      } catch (error) {
        if (!(error instanceof CommitConflict)) throw error;
        const other = await find(identifier);
        if (!other) throw error;
        return other.table;
      }
    },

    async loadTable(identifier) {
      return (await find(identifier))?.table;
    },

    async commit(identifier, requirements, updates) {
      const current = await find(identifier);
      if (!current) throw new CommitConflict(`The table ${identifier.namespace}.${identifier.name} is not there.`);
      const { metadata, metadataLocation } = current.table;
      checkRequirements(metadata, requirements);
      const next = applyUpdates(metadata, updates, { now: now(), previousLocation: metadataLocation });
      return publish(store, identifier, current.version + 1, next);
    },
  };
}

const metadataKey = (identifier: TableIdentifier, version: number): string =>
  `${tableKey(identifier)}/metadata/v${version}.metadata.json`;
const hintKey = (identifier: TableIdentifier): string => `${tableKey(identifier)}/metadata/version-hint.text`;

/** Creates version N, or says why not: `CommitConflict` (somebody else has the number) or `CommitStateUnknown`. */
async function publish(
  store: ObjectStore,
  identifier: TableIdentifier,
  version: number,
  metadata: TableMetadata,
): Promise<LoadedTable> {
  const key = metadataKey(identifier, version);
  const text = serializeMetadata(metadata);
  try {
    await store.put(key, Buffer.from(text), { ifNoneMatch: '*' });
  } catch (error) {
    // AlreadyExists may be our own write, when a client library sent the request twice. StorageUnavailable may be too.
    if (!(error instanceof AlreadyExists || error instanceof StorageUnavailable)) throw error;
    const stored = await readBack(store, key, error);
    if (stored !== text) throw new CommitConflict(`Another writer created ${key} first.`, undefined, { cause: error });
  }
  try {
    await store.put(hintKey(identifier), Buffer.from(String(version)));
  } catch {
    // The commit is done. The hint only saves readers some requests, and the next commit writes it again.
  }
  return loaded(store, identifier, version, metadata);
}

async function readBack(store: ObjectStore, key: string, cause: unknown): Promise<string> {
  try {
    return (await store.get(key)).body.toString();
  } catch {
    // Not there: the request may still be under way. Not readable: nobody knows.
    throw new CommitStateUnknown(`The store did not say whether ${key} was written.`, undefined, { cause });
  }
}

/**
 * The newest version. The hint may be missing, and a slow writer may have put it back, but it never is ahead: so from the
 * hinted version upward until there is no next one. Without a usable hint the listing decides.
 */
async function findCurrent(store: ObjectStore, identifier: TableIdentifier): Promise<Found | undefined> {
  let version = await hinted(store, identifier);
  let text = version === undefined ? undefined : await textOf(store, metadataKey(identifier, version));
  if (version === undefined || text === undefined) {
    version = await listed(store, identifier);
    if (version === undefined) return undefined;
    text = await textOf(store, metadataKey(identifier, version));
    // Deleted since it was listed: the table was dropped.
    if (text === undefined) return undefined;
  }
  for (;;) {
    const newer = await textOf(store, metadataKey(identifier, version + 1));
    if (newer === undefined) break;
    text = newer;
    version++;
  }
  return { version, table: loaded(store, identifier, version, parseMetadata(text)) };
}

async function hinted(store: ObjectStore, identifier: TableIdentifier): Promise<number | undefined> {
  const text = (await textOf(store, hintKey(identifier)))?.trim() ?? '';
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

async function textOf(store: ObjectStore, key: string): Promise<string | undefined> {
  try {
    return (await store.get(key)).body.toString();
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
