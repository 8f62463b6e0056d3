/** A sample that is ingested into a warehouse in memory, and its verification without Temporal. */
import { allTables } from '../../cloudtrail/tables';
import { createStorageCatalog } from '../../iceberg/storage-catalog';
import { inlinePool } from '../../ingest/threads/inline-pool';
import { parseKeys } from '../../integrity/keys';
import { addDays } from '../../protocol/days';
import type { SourceFilter } from '../../protocol/messages';
import type { RunContext } from '../../run/context';
import { storeKeys } from '../../run/key-store';
import { type SampleOptions, writeSample } from '../../sample/index';
import { createMemoryStore } from '../../storage/memory';
import type { ObjectStore } from '../../storage/object-store';
import type { SliceRows } from '../../verify/context';
import type { VerifyReport } from '../../verify/report';
import { verifyDay } from '../../verify/verify-day';
import { ingestWholeDay, memoryRun, NEVER, rowsOf } from './runs';

export type Run = RunContext & { bucket: ObjectStore; warehouse: ObjectStore };

export const BUCKET = 'trailmill-sample';
/** The only whole day of a one-day sample; the last digests and files are of the day after. */
export const SAMPLE_DAY = '2024-02-28';

/**
 * A run over a bucket with a sample; nothing is ingested yet, and the keys are stored.
 * @param warehouse in memory by default
 */
export async function sampleRun(options: Partial<SampleOptions> = {}, warehouse?: ObjectStore): Promise<Run> {
  const run = memoryRun({}, allTables('aws_cloudtrail'));
  if (warehouse !== undefined) Object.assign(run, { warehouse, catalog: createStorageCatalog(warehouse) });
  const sample = createMemoryStore('sample');
  await writeSample(sample, { days: 1, accounts: 1, regions: 1, eventsPerHour: 6, ...options });
  for await (const { objects } of sample.list('')) {
    for (const { key } of objects) {
      const { body, metadata } = await sample.get(key);
      if (key.startsWith('AWSLogs/')) await run.bucket.put(key, body, { metadata });
      else if (key.endsWith('public-keys.json'))
        await storeKeys(run.warehouse, parseKeys(body, key), { from: 'folder' }, 0);
    }
  }
  return run;
}

/** {@link sampleRun}, ingested. `change`: what happens to the bucket before that. */
export async function ingestedRun(
  options: Partial<SampleOptions> = {},
  change: (bucket: ObjectStore) => Promise<void> = async () => {},
): Promise<Run> {
  const run = await sampleRun(options);
  await change(run.bucket);
  for (let day = 0; day <= (options.days ?? 1); day++) await ingestWholeDay(run, addDays(SAMPLE_DAY, day));
  return run;
}

export interface VerifyOptions {
  day?: string;
  filter?: SourceFilter;
  trail?: string;
  recheck?: number;
  /** Names the verification: the same for another attempt. */
  name?: string;
  startedAt?: number;
  sliceRows?: SliceRows;
  /** Workflow that verifies. */
  by?: string;
}

/** Verifies a day as the activity does. */
export async function verify(run: RunContext, options: VerifyOptions = {}): Promise<VerifyReport> {
  const {
    day = SAMPLE_DAY,
    filter = {},
    trail,
    recheck,
    name = 'v',
    startedAt = Date.UTC(2030, 0),
    sliceRows,
    by = 'a test',
  } = options;
  const origin = { bucket: BUCKET, prefix: '' };
  const context = { ...run, pool: inlinePool, signal: NEVER, sliceRows };
  const wanted = { day, filter, trail, recheck, origin, startedAt, run: by, commitId: `verify-${name}/${day}` };
  const key = `_trailmill/verifications/${name}/${day}.json`;
  return verifyDay(context, wanted, {
    read: async () => JSON.parse((await run.warehouse.get(key)).body.toString('utf8')) as VerifyReport,
    write: async (report) => {
      await run.warehouse.put(key, Buffer.from(JSON.stringify(report)));
    },
  });
}

/** The rows of the integrity table, in a fixed order. */
export async function verdictRows(run: RunContext): Promise<Record<string, unknown>[]> {
  const rows = await rowsOf(run, 'integrity');
  const text = (row: Record<string, unknown>): string => `${row.subject} ${row.key} ${row.etag} ${row.verified_at}`;
  return rows.sort((a, b) => (text(a) < text(b) ? -1 : 1));
}

/** Keys of the bucket, of log files or of digests, in the order of the keys. */
export function keysOf(run: Run, kind: 'CloudTrail' | 'CloudTrail-Digest'): Promise<string[]> {
  return keysIn(run.bucket, kind);
}

export async function keysIn(bucket: ObjectStore, kind: 'CloudTrail' | 'CloudTrail-Digest'): Promise<string[]> {
  const keys: string[] = [];
  for await (const { objects } of bucket.list(''))
    for (const { key } of objects) if (key.includes(`/${kind}/`)) keys.push(key);
  return keys;
}
