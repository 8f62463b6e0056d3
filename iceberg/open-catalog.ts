/** Opens the catalog of a configuration. */
import type { ObjectStore } from '../storage/object-store.js';
import { openStore as openAnyStore } from '../storage/open.js';
import type { Catalog } from './catalog.js';
import type { CatalogSettings } from './catalog-settings.js';
import { createRestCatalog } from './rest/rest-catalog.js';
import { catalogSecrets } from './rest/settings.js';
import type { OpenStore } from './rest/table-stores.js';
import { createStorageCatalog } from './storage-catalog.js';

/**
 * Opens a catalog. Nothing is read or written until a table is accessed. The tables of a storage catalog are in `warehouse`;
 * those of a REST catalog are in stores that `openStore` opens at the locations returned by the catalog, and its secrets come
 * from the environment of this process.
 */
export function openCatalog(
  settings: CatalogSettings,
  warehouse: ObjectStore,
  openStore: OpenStore = openAnyStore,
): Catalog {
  if (settings.type === 'storage') return createStorageCatalog(warehouse);
  return createRestCatalog(settings.rest, { openStore, secrets: catalogSecrets() });
}
