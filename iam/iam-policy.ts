/** The least that IAM has to allow for a configuration, by what the code asks for. Pure. */
import type { CatalogSettings } from '../iceberg/catalog-settings.js';
import { parseAddress, type StoreAddress, s3Uri } from '../storage/address.js';
import { catalogStatements } from './catalog-policy.js';
import type { Statement } from './policy.js';
import { assumeStatement, readStatements, tableStatements, writeStatements } from './s3-policy.js';

/** The places of a configuration that IAM has to allow access to. */
export interface PolicyPlaces {
  location: StoreAddress;
  keyPrefix: string;
  warehouse: StoreAddress;
  catalog: CatalogSettings;
  /** Of the process, where an address says none. */
  region?: string;
  /** ARNs of KMS keys that the logs, and the warehouse, are encrypted with. */
  kmsKeys: readonly string[];
  warehouseKmsKeys: readonly string[];
}

/** `read`: the bucket with the logs; `write`: the warehouse and the catalog. */
export type Part = 'read' | 'write';

/** For the identity that reaches the places itself: the roles of the configuration, or that of the worker without roles. */
export function directStatements(places: PolicyPlaces, part: Part): Statement[] {
  const { location, keyPrefix, warehouse, catalog, region, kmsKeys, warehouseKmsKeys } = places;
  if (part === 'read')
    return location.scheme === 's3' ? readStatements(location, keyPrefix, { keys: kmsKeys, region }) : [];
  return [
    ...(warehouse.scheme === 's3' ? writeStatements(warehouse, { keys: warehouseKmsKeys, region }) : []),
    ...placeOfTables(places),
    ...catalogStatements(catalog, region),
  ];
}

/** For catalog.location, where it is not below the warehouse, whose statements are enough there. */
function placeOfTables({ warehouse, catalog, region, warehouseKmsKeys }: PolicyPlaces): Statement[] {
  if (catalog.type !== 'rest' || catalog.rest.location === undefined) return [];
  const location = parseAddress(catalog.rest.location);
  if (location.scheme !== 's3') return [];
  const inWarehouse = warehouse.scheme === 's3' && `${s3Uri(location)}/`.startsWith(`${s3Uri(warehouse)}/`);
  return inWarehouse ? [] : tableStatements(location, { keys: warehouseKmsKeys, region });
}

/** For the identity of the worker: without what its roles do for it. */
export function workerStatements(places: PolicyPlaces): Statement[] {
  const { location, warehouse, catalog, region } = places;
  const reader = roleOf(location);
  const writer = roleOf(warehouse);
  return [
    ...(reader === undefined ? directStatements(places, 'read') : [assumeStatement('AssumeReader', reader)]),
    ...(writer === undefined
      ? directStatements(places, 'write')
      : [assumeStatement('AssumeWriter', writer), ...catalogStatements(catalog, region)]),
  ];
}

/** The ARN of the role that reaches a place; `undefined` where the process does so itself. */
export function roleOf(place: StoreAddress): string | undefined {
  return place.scheme === 's3' ? place.options.roleArn : undefined;
}
