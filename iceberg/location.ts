/**
 * Iceberg locations. A location is not a URI in the strict sense: Java's S3FileIO, PyIceberg and DuckDB use everything after
 * the scheme literally and do not decode percent signs (`ts_day%3D2023-07-10` would be looked up under exactly that name). So
 * locations are never encoded here.
 */
import { fileURLToPath } from 'node:url';
import { TableUnusable } from '../errors/index.js';
import type { ObjectStore } from '../storage/object-store.js';
import type { TableIdentifier } from './catalog.js';

/** The unencoded location of a key, as used in metadata files, manifests and `DataFile.path`. */
export function locationOf(store: ObjectStore, key: string): string {
  return `${rootOf(store)}/${key}`;
}

/** The root of a table in the storage catalog's layout. */
export function tableLocation(store: ObjectStore, identifier: TableIdentifier): string {
  return locationOf(store, tableKey(identifier));
}

/** The key of a table's root in the storage catalog's layout, without a trailing slash. */
export function tableKey(identifier: TableIdentifier): string {
  return `${identifier.namespace}/${identifier.name}`;
}

/** The key of a location; throws `TableUnusable` if it is outside the store. */
export function keyOf(store: ObjectStore, location: string): string {
  const root = canonical(`${rootOf(store)}/`);
  const address = canonical(location);
  if (!address.startsWith(root) || address.length === root.length) {
    throw new TableUnusable(
      `${location} is outside ${store.uri}.`,
      'Set the warehouse to the bucket or directory that contains the table.',
    );
  }
  return address.slice(root.length);
}

/** A store's own URI may be percent-encoded if it is a file URL (a directory with a space in its name). */
function rootOf(store: ObjectStore): string {
  return store.uri.startsWith('file:') ? `file://${fileURLToPath(store.uri).replace(/\/+$/, '')}` : store.uri;
}

/** Normalizes the different spellings of a location: Hadoop's `file:/x`, plain paths, `s3a:` and `s3n:`. */
function canonical(location: string): string {
  if (location.startsWith('/')) return `file://${location}`;
  return location.replace(/^file:\/+/, 'file:///').replace(/^s3[an]:/, 's3:');
}
