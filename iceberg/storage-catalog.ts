/**
 * A catalog that consists of files only, like Iceberg's HadoopCatalog: `<namespace>/<table>/metadata/vN.metadata.json`. A
 * commit is a conditional write of the next version, so the store only has to support `If-None-Match: *`.
 */
import { randomUUID } from 'node:crypto';
import { CommitConflict } from '../errors/index.js';
import type { ObjectStore } from '../storage/object-store.js';
import type { Catalog, LoadedTable, TableIdentifier } from './catalog.js';
import { findCurrent, findNewer } from './find-version.js';
import { tableKey, tableLocation } from './location.js';
import { newTableMetadata, type TableMetadata } from './metadata.js';
import { type MetadataDirectory, publish, type Version, versionOf, writeHint } from './metadata-files.js';
import { missingVersionError } from './missing-versions.js';
import { assertNewest, type Base, TRUSTED_FOR_MS } from './stale-base.js';
import { applyUpdates, checkRequirements } from './updates.js';

/** Options of {@link createStorageCatalog}. */
export interface StorageCatalogOptions {
  /** Milliseconds since the epoch; for tests. */
  now?: () => number;
}

/** Opens the catalog of a warehouse. Nothing is read or written before the first call. */
export function createStorageCatalog(store: ObjectStore, options: StorageCatalogOptions = {}): Catalog {
  const now = options.now ?? Date.now;
  /** Cache of the newest known version of each table, see {@link findNewer}. */
  const seen = new Map<string, Version>();
  /** When each table was last known to be the newest version. */
  const loads = new WeakMap<LoadedTable, Omit<Base, 'version'>>();

  const directoryOf = (identifier: TableIdentifier, signal: AbortSignal | undefined): MetadataDirectory => {
    signal?.throwIfAborted();
    return { store, identifier, signal };
  };

  async function find(directory: MetadataDirectory): Promise<Version | undefined> {
    const key = tableKey(directory.identifier);
    const loadedAt = now();
    const known = seen.get(key);
    const found = (known && (await findNewer(directory, known))) ?? (await findCurrent(directory));
    // Versions only increase, unless the table was recreated.
    if (known && found && found.version < known.version && uuidOf(found) === uuidOf(known))
      throw missingVersionError(directory, known.version, found.version);
    if (found === undefined) seen.delete(key);
    else remember(directory, found, loadedAt);
    return found;
  }

  function remember({ identifier }: MetadataDirectory, found: Version, loadedAt: number): void {
    seen.set(tableKey(identifier), found);
    loads.set(found.table, { etag: found.etag, loadedAt });
  }

  async function publishNext(directory: MetadataDirectory, base: Base, metadata: TableMetadata): Promise<Version> {
    const startedAt = now();
    const published = await publish(directory, base.version + 1, metadata);
    await assertNewest(directory, base, now());
    remember(directory, published, startedAt);
    try {
      // After a pause, the hint could lead readers to a version that was removed.
      if (now() - startedAt < TRUSTED_FOR_MS) await writeHint(directory, published.version);
    } catch {
      // The commit is done. The hint only saves readers some requests, and the next commit overwrites it.
    }
    return published;
  }

  return {
    description: `storage catalog at ${store.uri}`,

    async ensureTable(identifier, create, signal) {
      const directory = directoryOf(identifier, signal);
      const loadedAt = now();
      const found = await find(directory);
      if (found) return found.table;
      const location = tableLocation(store, identifier);
      const metadata = newTableMetadata({ ...create, location, uuid: randomUUID(), now: now() });
      try {
        return (await publishNext(directory, { version: 0, loadedAt }, metadata)).table;
      } catch (error) {
        if (!(error instanceof CommitConflict)) throw error;
        const other = await find(directory);
        if (!other) throw error;
        return other.table;
      }
    },

    async loadTable(identifier, signal) {
      return (await find(directoryOf(identifier, signal)))?.table;
    },

    // If another writer has committed since the table was loaded, the next version number exists, or did: see stale-base.ts.
    async commit(table, requirements, updates, signal) {
      const { identifier, metadata, metadataLocation } = table;
      const directory = directoryOf(identifier, signal);
      checkRequirements(metadata, requirements);
      const next = applyUpdates(metadata, updates, { now: now(), previousLocation: metadataLocation });
      const base = { ...loads.get(table), version: versionOf(metadataLocation) };
      return (await publishNext(directory, base, next)).table;
    },
  };
}

const uuidOf = ({ table }: Version): string => table.metadata['table-uuid'];
