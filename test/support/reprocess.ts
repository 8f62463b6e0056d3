/** Runs whose configuration changes, and what a fresh ingestion with the new one would result in. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allTables } from '../../cloudtrail/tables';
import { createStorageCatalog } from '../../iceberg/storage-catalog';
import { freezeTransform } from '../../ingest/transforms/modules';
import type { RunConfig } from '../../run/config';
import { createMemoryStore } from '../../storage/memory';
import { audit } from './audit';
import { contentOf, copyOf } from './crashes';
import { DAY, ingestWholeDay, memoryRun, records, trailFile, trailKey } from './runs';

export type Run = ReturnType<typeof memoryRun>;

export const DAYS = ['2024-03-04', DAY];

let modules = 0;
const directory = mkdtempSync(join(tmpdir(), 'reprocess-'));

/** The run with another configuration, over the same stores. */
export function withConfig<R extends Run>(run: R, change: Partial<RunConfig>): R {
  return { ...run, config: { ...run.config, ...change } };
}

/** The run with a transform of the default table: the body of a function of `row`. */
export function withTransform<R extends Run>(run: R, body: string): R {
  const path = join(directory, `transform-${++modules}.mjs`);
  writeFileSync(path, `export default function transform(row) { ${body} }\n`);
  const transform = freezeTransform(path);
  const tables = run.config.tables.map((table) => (table.key === 'default' ? { ...table, transform } : table));
  return withConfig(run, { tables });
}

/**
 * Two days with files of several kinds: rejects, a file that cannot be read, events of another day, and events that are in
 * several files, also of another day. Batches of two files, and groups of two batches.
 */
export async function manyFiles(deduplicate = true): Promise<Run> {
  const cut = { batchFiles: 2, groupBatches: 2, chunkBytes: 1 };
  const window = deduplicate ? { windowDays: 30 } : undefined;
  const memory = memoryRun(cut, allTables('aws_cloudtrail'), window);
  const run = withConfig(memory, { deduplicate: window });
  for (const [number, day] of DAYS.entries()) {
    const key = (name: string, kind = 'CloudTrail'): string => trailKey(name, { day, kind });
    const shared = records(2, `${DAYS[0]}T10:00:00Z`, {}, 'shared');
    const put = (name: string, list: readonly unknown[]) => run.bucket.put(key(name), trailFile(list));
    await put('a', [...records(3, `${day}T12:00:00Z`, {}, `a${number}`), 7, ...shared]);
    await put('b', [...records(2, `${day}T12:30:00Z`, { eventName: 'PutObject' }, `b${number}`), ...shared]);
    await put('c', [...records(2, `${day}T12:30:00Z`, { eventName: 'PutObject' }, `b${number}`)]);
    await put('d', [...records(1, '2024-03-01T23:59:59Z', {}, `old${number}`), { eventTime: 'no time' }]);
    await run.bucket.put(key('e'), Buffer.from('neither gzip nor JSON'));
    await put('f', []);
    const insight = { insightDetails: { state: 'Start' }, eventCategory: 'Insight' };
    await run.bucket.put(key('g', 'CloudTrail-Insight'), trailFile(records(2, `${day}T16:00:00Z`, insight)));
    await put('h', records(2, `${day}T17:00:00Z`, { eventID: undefined }, 'none'));
  }
  return run;
}

/** Ingests both days. */
export async function ingestAll(run: Run): Promise<void> {
  for (const day of DAYS) await ingestWholeDay(run, day);
}

/** What the tables would contain if the bucket were ingested with the run's configuration into an empty warehouse. */
export async function freshContent(run: Run): Promise<Record<string, string[]>> {
  const { bucket } = await copyOf(run);
  const warehouse = createMemoryStore('warehouse');
  const fresh = { ...run, bucket, warehouse, catalog: createStorageCatalog(warehouse) };
  await ingestAll(fresh);
  return contentOf(fresh);
}

/** The differences that audits of both days find. */
export async function differencesOf(run: Run): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const day of DAYS) found.push(...(await audit(run, { day })).differences.first);
  return found;
}
