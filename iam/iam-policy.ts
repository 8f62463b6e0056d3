/** The minimum IAM permissions for a configuration, based on the calls that the code makes. Pure. */
import type { CatalogSettings } from '../iceberg/catalog-settings.js';
import { parseAddress, type StoreAddress, s3Uri } from '../storage/address.js';
import { catalogStatements } from './catalog-policy.js';
import { allow, type Statement } from './policy.js';
import { assumeStatement, readStatements, tableStatements, writeStatements } from './s3-policy.js';

/** The locations in a configuration that require IAM permissions. */
export interface PolicyPlaces {
  location: StoreAddress;
  keyPrefix: string;
  warehouse: StoreAddress;
  catalog: CatalogSettings;
  /** Region of the process, for addresses without a region. */
  region?: string;
  /** ARNs of the KMS keys that encrypt the logs, and the warehouse. */
  kmsKeys: readonly string[];
  warehouseKmsKeys: readonly string[];
  /** Whether the public keys of digests are requested from CloudTrail, with the identity that reads the logs. */
  publicKeys: boolean;
}

/** Which locations a policy covers: `read`: the bucket with the logs; `write`: the warehouse and the catalog. */
export type PolicyPart = 'read' | 'write';

/**
 * Statements for the identity that accesses the locations directly: a role of the configuration, or the worker's identity if
 * there is no role.
 */
export function directStatements(places: PolicyPlaces, part: PolicyPart): Statement[] {
  const { location, keyPrefix, warehouse, catalog, region, kmsKeys, warehouseKmsKeys } = places;
  if (part === 'read') {
    return [
      ...(location.scheme === 's3' ? readStatements(location, keyPrefix, { keys: kmsKeys, region }) : []),
      // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html: does not support resources.
      ...(places.publicKeys ? [allow('ListPublicKeys', ['cloudtrail:ListPublicKeys'], ['*'])] : []),
    ];
  }
  return [
    ...(warehouse.scheme === 's3' ? writeStatements(warehouse, { keys: warehouseKmsKeys, region }) : []),
    ...tableLocationStatements(places),
    ...catalogStatements(catalog, region),
  ];
}

/** Statements for catalog.location; none if it is below the warehouse, whose statements already cover it. */
function tableLocationStatements({ warehouse, catalog, region, warehouseKmsKeys }: PolicyPlaces): Statement[] {
  if (catalog.type !== 'rest' || catalog.rest.location === undefined) return [];
  const location = parseAddress(catalog.rest.location);
  if (location.scheme !== 's3') return [];
  const inWarehouse = warehouse.scheme === 's3' && `${s3Uri(location)}/`.startsWith(`${s3Uri(warehouse)}/`);
  return inWarehouse ? [] : tableStatements(location, { keys: warehouseKmsKeys, region });
}

/** Statements for the worker's identity: permission to assume the configured roles, and direct access where there is none. */
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

/** The ARN of the role that accesses a location; `undefined` if the process accesses it directly. */
export function roleOf(place: StoreAddress): string | undefined {
  return place.scheme === 's3' ? place.options.roleArn : undefined;
}
