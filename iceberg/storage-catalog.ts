/**
 * A catalog that is only files, like Iceberg's HadoopCatalog: `<namespace>/<table>/metadata/vN.metadata.json`. A commit is
 * the conditional creation of the next number, so it needs nothing of the store but `If-None-Match: *`.
 */
import { randomUUID } from 'node:crypto';
import { CommitConflict } from '../errors/index.js';
import type { ObjectStore } from '../storage/object-store.js';
import type { Catalog, LoadedTable, TableIdentifier } from './catalog.js';
import { tableKey, tableLocation } from './location.js';
import { newTableMetadata, type TableMetadata } from './metadata.js';
import { findCurrent, lostVersion, newer, publish, type Version, versionOf } from './metadata-files.js';
import { applyUpdates, checkRequirements } from './updates.js';

export interface StorageCatalogOptions {
  /** Milliseconds since the epoch; for tests. */
  now?: () => number;
}

/** Opens the catalog of a warehouse. Nothing is read or written until a table is asked for. */
export function createStorageCatalog(store: ObjectStore, options: StorageCatalogOptions = {}): Catalog {
  const now = options.now ?? Date.now;
  /** The newest version of each table that this process has seen: it saves reading it again, see {@link newer}. */
  const seen = new Map<string, Version>();

  async function find(identifier: TableIdentifier): Promise<Version | undefined> {
    const key = tableKey(identifier);
    const known = seen.get(key);
    const found = (known && (await newer(store, identifier, known))) ?? (await findCurrent(store, identifier));
    // Versions only go up, unless the table was made anew.
    if (known && found && found.version < known.version && uuidOf(found) === uuidOf(known))
      throw lostVersion(store, identifier, known.version, found.version);
    if (found === undefined) seen.delete(key);
    else seen.set(key, found);
    return found;
  }

  async function publishNext(
    identifier: TableIdentifier,
    version: number,
    metadata: TableMetadata,
  ): Promise<LoadedTable> {
    const published = await publish(store, identifier, version, metadata);
    seen.set(tableKey(identifier), published);
    return published.table;
  }

  return {
    description: `storage catalog at ${store.uri}`,

    async ensureTable(identifier, create) {
      const found = await find(identifier);
      if (found) return found.table;
      const location = tableLocation(store, identifier);
      const metadata = newTableMetadata({ ...create, location, uuid: randomUUID(), now: now() });
      try {
        return await publishNext(identifier, 1, metadata);
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

    // Another writer's commit since the table was loaded has taken the number: that is all that has to be checked.
    async commit({ identifier, metadata, metadataLocation }, requirements, updates) {
      checkRequirements(metadata, requirements);
      const next = applyUpdates(metadata, updates, { now: now(), previousLocation: metadataLocation });
      return publishNext(identifier, versionOf(metadataLocation) + 1, next);
    },
  };
}

const uuidOf = ({ table }: Version): string => table.metadata['table-uuid'];
