/** The section `catalog` of log_source.yml. It contains no secrets: each process has them in its own environment. */
import { ICEBERG_NAMESPACE } from '../cloudtrail/tables.js';
import { describeError } from '../errors/index.js';
import { type CatalogSettings, storageCatalog } from '../iceberg/catalog-settings.js';
import type { RestCatalogSettings } from '../iceberg/rest/settings.js';
import { parseAddress, type S3Options } from '../storage/address.js';
import { assertPortable } from '../storage/warehouse-place.js';
import type { LogSourceFile } from './schema.js';
import type { YamlFile } from './yaml-file.js';

type Section = NonNullable<LogSourceFile['catalog']>;

/** Keys that are only valid for a REST catalog. */
const REST_KEYS = [
  'uri',
  'warehouse',
  'prefix',
  'location',
  'oauth2',
  'sigv4',
  'headers',
  'vended_credentials',
] as const;

/** Reads the catalog settings; mistakes are reported to the file. `warehouse`: its address, if known. */
export function readCatalog(file: YamlFile<LogSourceFile> | undefined, warehouse?: string): CatalogSettings {
  const section = file?.value?.catalog ?? {};
  const namespace = section.namespace ?? ICEBERG_NAMESPACE;
  if (section.type === 'rest') {
    if (section.uri === undefined)
      file?.report(['catalog'], 'catalog.uri is missing. Allowed: the address of the REST catalog, without /v1.');
    if (section.oauth2 !== undefined && section.sigv4 !== undefined)
      file?.report(
        ['catalog', 'sigv4'],
        'catalog.sigv4 and catalog.oauth2 cannot be used together. Remove one of them.',
      );
    if (section.location !== undefined) {
      try {
        assertPortable(parseAddress(section.location), 'location of new tables');
      } catch (error) {
        file?.report(['catalog', 'location'], `catalog.location: ${describeError(error)}`);
      }
    }
    return { type: 'rest', namespace, rest: { ...restOf(section), ...s3OptionsOf(warehouse) } };
  }
  for (const key of REST_KEYS) {
    if (section[key] === undefined) continue;
    file?.report(
      ['catalog', key],
      `catalog.${key} is only used by a REST catalog. Add type: rest, or remove it.`,
      'key',
    );
  }
  return storageCatalog(namespace);
}

/** Members that are not set are omitted: the settings are written into run configurations, and compared. */
function restOf(section: Section): RestCatalogSettings {
  const { uri = '', oauth2, sigv4 } = section;
  return {
    uri: uri.replace(/\/+$/, '').replace(/\/v1$/, ''),
    ...withoutUndefined({
      warehouse: section.warehouse,
      prefix: section.prefix,
      location: section.location,
      oauth2:
        oauth2 &&
        withoutUndefined({
          serverUri: oauth2.server_uri,
          scope: oauth2.scope,
          audience: oauth2.audience,
          resource: oauth2.resource,
        }),
      sigv4: sigv4 && { service: sigv4.service, ...withoutUndefined(identityOf(sigv4)) },
      headers: section.headers,
      accessDelegation: section.vended_credentials,
    }),
  };
}

function identityOf({
  region,
  profile,
  access_role_arn,
  external_id,
  role_session_name,
}: NonNullable<Section['sigv4']>) {
  return { region, profile, roleArn: access_role_arn, externalId: external_id, roleSessionName: role_session_name };
}

function withoutUndefined<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** If the catalog does not specify how to access a table's files, the options of the warehouse are used. */
function s3OptionsOf(warehouse: string | undefined): { s3?: S3Options } {
  const address = warehouse === undefined ? undefined : parseAddress(warehouse);
  if (address?.scheme !== 's3') return {};
  // These two apply to the warehouse bucket only; the tables may be in another one.
  const { requesterPays: _pays, expectedBucketOwner: _owner, ...s3 } = address.options;
  return Object.keys(s3).length === 0 ? {} : { s3 };
}
