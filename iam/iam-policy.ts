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

/** For whoever reaches the places themselves: the roles of the configuration, or who runs Trailmill where there are none. */
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

/** Where a catalog is told to keep its tables, when that is not below the warehouse, whose statements are enough there. */
function placeOfTables({ warehouse, catalog, region, warehouseKmsKeys }: PolicyPlaces): Statement[] {
  if (catalog.type !== 'rest' || catalog.rest.location === undefined) return [];
  const location = parseAddress(catalog.rest.location);
  if (location.scheme !== 's3') return [];
  const inWarehouse = warehouse.scheme === 's3' && `${s3Uri(location)}/`.startsWith(`${s3Uri(warehouse)}/`);
  return inWarehouse ? [] : tableStatements(location, { keys: warehouseKmsKeys, region });
}

/** For who runs Trailmill: what a role does for it, it does not do itself. */
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
