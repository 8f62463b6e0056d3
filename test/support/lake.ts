/** What the tables of a harness contain. */
import { defaultTables, ICEBERG_NAMESPACE, type TableRole } from '../../cloudtrail/tables';
import { storageCatalog } from '../../iceberg/catalog-settings';
import { createStorageCatalog } from '../../iceberg/storage-catalog';
import type { Harness } from './harness';
import { INGEST, rowsOf } from './runs';

/** All rows of a table, as plain values; none if the table does not exist. */
export function rowsOfTable(
  { source, bucket, warehouse }: Harness,
  role: TableRole,
): Promise<Record<string, unknown>[]> {
  const config = {
    source,
    location: bucket.uri,
    keyPrefix: '',
    catalog: storageCatalog(ICEBERG_NAMESPACE),
    ingest: INGEST,
    tables: defaultTables(source),
  };
  return rowsOf({ config, bucket, warehouse, catalog: createStorageCatalog(warehouse) }, role);
}
