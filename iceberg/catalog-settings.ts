/** Which catalog has the tables. */
import type { RestCatalogSettings } from './rest/settings.js';

export type CatalogSettings = { namespace: string } & (
  | { type: 'storage' }
  | { type: 'rest'; rest: RestCatalogSettings }
);

/** Files of the warehouse itself, without a server. */
export function storageCatalog(namespace: string): CatalogSettings {
  return { type: 'storage', namespace };
}
