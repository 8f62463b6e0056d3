/** Settings of the catalog that contains the tables. */
import type { RestCatalogSettings } from './rest/settings.js';

/** The catalog of a configuration, and the namespace of its tables. */
export type CatalogSettings = { namespace: string } & (
  | { type: 'storage' }
  | { type: 'rest'; rest: RestCatalogSettings }
);

/**
 * The settings that may be stored and shown. Header values may be secret, so each process takes them from its own
 * configuration.
 */
export function withoutHeaders(settings: CatalogSettings): CatalogSettings {
  if (settings.type === 'storage') return settings;
  const { headers: _, ...rest } = settings.rest;
  return { ...settings, rest };
}

/** Settings of a storage catalog, which consists of files in the warehouse, without a server. */
export function storageCatalog(namespace: string): CatalogSettings {
  return { type: 'storage', namespace };
}
