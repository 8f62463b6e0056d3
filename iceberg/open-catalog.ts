/** From what a configuration says to the catalog. */
import { UserMistake } from '../errors/index.js';
import type { ObjectStore } from '../storage/object-store.js';
import type { Catalog } from './catalog.js';
import type { CatalogSettings } from './catalog-settings.js';
import { createStorageCatalog } from './storage-catalog.js';

/** Nothing is read or written until a table is asked for. */
export function openCatalog(settings: CatalogSettings, warehouse: ObjectStore): Catalog {
  if (settings.type === 'storage') return createStorageCatalog(warehouse);
  throw new UserMistake('The REST catalog is not there yet.', 'Use catalog.type: storage.');
}
