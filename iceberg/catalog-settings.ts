/** Which catalog has the tables. */
import type { RestCatalogSettings } from './rest/settings.js';

/** The catalog of a configuration, and the namespace of its tables. */
export type CatalogSettings = { namespace: string } & (
  | { type: 'storage' }
  | { type: 'rest'; rest: RestCatalogSettings }
);

/** What may be written down and shown: header values may be secrets, so each process takes them from its own configuration. */
export function withoutHeaders(settings: CatalogSettings): CatalogSettings {
  if (settings.type === 'storage') return settings;
  const { headers: _, ...rest } = settings.rest;
  return { ...settings, rest };
}

/** Files of the warehouse itself, without a server. */
export function storageCatalog(namespace: string): CatalogSettings {
  return { type: 'storage', namespace };
}
