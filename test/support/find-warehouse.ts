/** A warehouse on disk to search in: a small sample, ingested day by day without a server. */
import { join } from 'node:path';
import { allTables, ICEBERG_NAMESPACE } from '../../cloudtrail/tables';
import { storageCatalog } from '../../iceberg/catalog-settings';
import { createStorageCatalog } from '../../iceberg/storage-catalog';
import type { RunContext } from '../../run/context';
import { type SampleOptions, writeSample } from '../../sample/index';
import { createFileStore } from '../../storage/file';
import { INGEST, ingestWholeDay } from './runs';

/** Ingests a sample into `directory/warehouse`; several commits, with late files. Returns the run and the delivery days. */
export async function findWarehouse(
  directory: string,
  options: Partial<SampleOptions> = {},
): Promise<{ run: RunContext; days: string[] }> {
  const bucket = createFileStore(join(directory, 'bucket'));
  const warehouse = createFileStore(join(directory, 'warehouse'));
  const manifest = await writeSample(bucket, {
    days: 3,
    accounts: 2,
    regions: 1,
    eventsPerHour: 20,
    seed: 7,
    ...options,
  });
  const source = 'aws_cloudtrail';
  const run: RunContext = {
    config: {
      source,
      location: bucket.uri,
      keyPrefix: '',
      catalog: storageCatalog(ICEBERG_NAMESPACE),
      ingest: { ...INGEST, maxFileBytes: 64 << 20 },
      tables: allTables(source),
      deduplicate: { windowDays: 30 },
    },
    warehouse,
    bucket,
    catalog: createStorageCatalog(warehouse),
  };
  const days = [...new Set(Object.keys(manifest.days).map((place) => place.split('/')[2]))].sort();
  for (const day of days) await ingestWholeDay(run, day);
  return { run, days };
}
