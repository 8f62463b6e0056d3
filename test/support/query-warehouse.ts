/** A warehouse on disk with handwritten records, for DuckDB to read: ingested as usual, but without a server. */
import { join } from 'node:path';
import { allTables } from '../../cloudtrail/tables';
import { createStorageCatalog } from '../../iceberg/storage-catalog';
import type { RunContext } from '../../run/context';
import { createFileStore } from '../../storage/file';
import { ingestWholeDay, memoryRun, trailFile, trailKey } from './runs';

/** A record of CloudTrail, or a part of one. */
export type CloudTrailRecord = Record<string, unknown> & { eventTime: string };

/** A run over a warehouse in this directory. */
export function diskRun(directory: string): RunContext & ReturnType<typeof memoryRun> {
  const warehouse = createFileStore(join(directory, 'warehouse'));
  return { ...memoryRun({}, allTables('aws_cloudtrail')), warehouse, catalog: createStorageCatalog(warehouse) };
}

/** Ingests records, a file for each day, delivered on the day of their events. */
export async function ingestRecords(
  run: ReturnType<typeof diskRun>,
  records: readonly CloudTrailRecord[],
): Promise<void> {
  const days = new Map<string, CloudTrailRecord[]>();
  for (const record of records) {
    const day = record.eventTime.slice(0, 10);
    days.set(day, [...(days.get(day) ?? []), record]);
  }
  for (const [day, ofDay] of days) {
    await run.bucket.put(trailKey('one', { day }), trailFile(ofDay));
    await ingestWholeDay(run, day);
  }
}

/** Ingests records of any days, which were delivered on one day in one file. */
export async function ingestDelivered(
  run: ReturnType<typeof diskRun>,
  day: string,
  records: readonly CloudTrailRecord[],
): Promise<void> {
  await run.bucket.put(trailKey('all', { day }), trailFile(records));
  await ingestWholeDay(run, day);
}
