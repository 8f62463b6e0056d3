/** What Trailmill asks of AWS's own REST catalogs, as statements. */

import { partitionOf, regionInHost } from '../aws/regions.js';
import type { CatalogSettings } from '../iceberg/catalog-settings.js';
import { allow, type Statement } from './policy.js';

/** None for a catalog that is files of the warehouse, and for those that IAM does not guard. `region`: of the process. */
export function catalogStatements(catalog: CatalogSettings, region: string | undefined): Statement[] {
  if (catalog.type !== 'rest') return [];
  const { rest, namespace } = catalog;
  const where = rest.sigv4?.region ?? hostRegion(rest.uri) ?? region;
  switch (rest.sigv4?.service) {
    case 'glue':
      return glue(where, rest.warehouse, namespace, rest.accessDelegation !== false);
    case 's3tables':
      return s3Tables(where, rest.warehouse);
    default:
      return [];
  }
}

function hostRegion(uri: string): string | undefined {
  return URL.canParse(uri) ? regionInHost(new URL(uri).hostname) : undefined;
}

/**
 * By operation, as https://docs.aws.amazon.com/glue/latest/dg/iceberg-rest-apis.html has it: GetConfig is GetCatalog,
 * LoadNamespaceMetadata GetDatabase, CreateNamespace CreateDatabase, LoadTable GetTable, CreateTable and UpdateTable themselves.
 */
function glue(
  region: string | undefined,
  warehouse: string | undefined,
  namespace: string,
  vended: boolean,
): Statement[] {
  // The warehouse is the id of the catalog: that of an account, and of a catalog in it after a colon.
  const account = /^\d{12}/.exec(warehouse ?? '')?.[0] ?? '*';
  const arn = (rest: string): string => `arn:${partitionOf(region).id}:glue:${region ?? '*'}:${account}:${rest}`;
  const catalogs = [
    arn('catalog'),
    ...(warehouse?.includes(':') ? [arn(`catalog/${warehouse.split(':').slice(1).join('/')}`)] : []),
  ];
  const database = arn(`database/${namespace}`);
  const actions = ['CreateDatabase', 'CreateTable', 'GetCatalog', 'GetDatabase', 'GetTable', 'UpdateTable'];
  return [
    allow(
      'GlueCatalog',
      actions.map((action) => `glue:${action}`),
      [...catalogs, database, arn(`table/${namespace}/*`)],
    ),
    // https://docs.aws.amazon.com/lake-formation/latest/dg/access-control-underlying-data.html: it takes no resource.
    ...(vended ? [allow('VendedCredentials', ['lakeformation:GetDataAccess'], ['*'])] : []),
  ];
}

/**
 * By operation, as https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-integrating-open-source.html has it; the
 * files of a table are read and written by GetTableData and PutTableData:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-setting-up.html
 */
function s3Tables(region: string | undefined, warehouse: string | undefined): Statement[] {
  const bucket = warehouse?.startsWith('arn:')
    ? warehouse
    : `arn:${partitionOf(region).id}:s3tables:${region ?? '*'}:*:bucket/*`;
  const names = (list: readonly string[]): string[] => list.map((action) => `s3tables:${action}`);
  return [
    allow('TableBucket', names(['CreateNamespace', 'GetNamespace', 'GetTableBucket']), [bucket]),
    allow(
      'Tables',
      names([
        'CreateTable',
        'GetTable',
        'GetTableData',
        'GetTableMetadataLocation',
        'PutTableData',
        'UpdateTableMetadataLocation',
      ]),
      // A table is created in its bucket, and is a resource of its own afterwards.
      [bucket, `${bucket}/table/*`],
    ),
  ];
}
