/** IAM statements for the AWS REST catalogs: Glue and S3 Tables. */

import { partitionOf, regionInHost } from '../aws/regions.js';
import type { CatalogSettings } from '../iceberg/catalog-settings.js';
import { allow, type Statement } from './policy.js';

/**
 * Returns the statements for a catalog; none for the storage catalog, and for catalogs without IAM. `region`: region of the
 * process.
 */
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
 * Actions by operation, according to https://docs.aws.amazon.com/glue/latest/dg/iceberg-rest-apis.html: GetConfig requires
 * GetCatalog, LoadNamespaceMetadata GetDatabase, CreateNamespace CreateDatabase, LoadTable GetTable; CreateTable and UpdateTable
 * have the same names.
 */
function glue(
  region: string | undefined,
  warehouse: string | undefined,
  namespace: string,
  vended: boolean,
): Statement[] {
  // The warehouse is the catalog id: an account id, optionally followed by a colon and the name of a catalog in it.
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
    // https://docs.aws.amazon.com/lake-formation/latest/dg/access-control-underlying-data.html: does not support resources.
    ...(vended ? [allow('VendedCredentials', ['lakeformation:GetDataAccess'], ['*'])] : []),
  ];
}

/**
 * Actions by operation, according to https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-integrating-open-source.html.
 * The files of a table are read with GetTableData and written with PutTableData:
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
      // A table is created in its bucket; afterwards it is a separate resource.
      [bucket, `${bucket}/table/*`],
    ),
  ];
}
