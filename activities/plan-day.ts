/** plan-day: lists one delivery day, subtracts what the ledger has, and cuts the rest into batches. */
import { dayPrefix, type SourcePrefix } from '../cloudtrail/object-key.js';
import { isWanted } from '../cloudtrail/routing.js';
import { NAMESPACE, nameOf } from '../cloudtrail/tables.js';
import { ObjectNotFound, TableUnusable } from '../errors/index.js';
import { keyOf } from '../iceberg/location.js';
import { loadTable } from '../iceberg/retry.js';
import { scanFiles } from '../iceberg/scan.js';
import type { DecoderPool } from '../ingest/decoder-pool.js';
import { FingerprintSet, fingerprint, WORDS } from '../ingest/fingerprints.js';
import type { BatchFile } from '../ingest/types.js';
import type { ObjectStore } from '../storage/object-store.js';
import { toDayNumber } from '../workflows/days.js';
import type { DayPlan, RunConfigRef, SourceFilter } from '../workflows/messages.js';
import { completeHalfCommits } from './commit.js';
import { mapConcurrent } from './concurrency.js';
import type { RunConfig } from './run-config.js';
import type { RunContext } from './run-context.js';
import { matches } from './source-filter.js';
import { type Batch, batchKey, planAddress, readJson, type SourceList, writeJson } from './work-area.js';

export interface PlanDayInput {
  config: RunConfigRef;
  day: string;
  /** Address of the list that discover made. */
  sources: string;
  filter: SourceFilter;
  /** Take files again that an earlier run has quarantined: once for each `run`. */
  retryQuarantined?: boolean;
  run?: string;
}

/**
 * @param planId unique to this attempt: a lost attempt that goes on writing can never mix its batches with another's
 */
export async function planDay(
  context: RunContext,
  pool: DecoderPool,
  input: PlanDayInput,
  planId: string,
  signal: AbortSignal,
): Promise<DayPlan> {
  const { warehouse, bucket, config } = context;
  await completeHalfCommits(context);
  const done = await readDone(context, pool, input.day, signal);
  const { sources } = await readJson<SourceList>(warehouse, input.sources, signal);
  const wanted = sources.filter((source) => matches(source, input.filter));
  const cutter = new BatchCutter(warehouse, config, planId, input.day);
  const lanes = config.ingest.concurrentReads;
  const matchesKey = keyFilter(config);
  // A slice of places at a time: in memory is what one slice has to do, not what the day has.
  for (let at = 0; at < wanted.length; at += lanes) {
    const found = await mapConcurrent(wanted.slice(at, at + lanes), lanes, (source) =>
      newFiles(bucket, source, input.day, (key, etag) => matchesKey(key) && !done.has(fingerprint(key, etag)), signal),
    );
    for (const files of found) for (const file of files) await cutter.add(file);
  }
  return cutter.finish();
}

/** Does the configured pattern want a key? It sees what comes after the prefix. */
function keyFilter({ keyPrefix, keyPattern }: Pick<RunConfig, 'keyPrefix' | 'keyPattern'>): (key: string) => boolean {
  if (keyPattern === undefined) return () => true;
  const pattern = new RegExp(keyPattern);
  const from = keyPrefix === '' ? 0 : keyPrefix.length + 1;
  return (key) => pattern.test(key.slice(from));
}

/**
 * Fingerprints of the day's objects that the ledger has, as it is now: `completeHalfCommits` may have added to it.
 * All their rows lie in the partition of the delivery day.
 */
async function readDone(
  { warehouse, config, catalog }: RunContext,
  pool: DecoderPool,
  day: string,
  signal: AbortSignal,
): Promise<FingerprintSet> {
  const ledger = await loadTable(catalog, { namespace: NAMESPACE, name: nameOf(config.source, 'ledger') });
  const dayNumber = toDayNumber(day);
  const done = new FingerprintSet();
  for await (const file of scanFiles(warehouse, ledger.metadata, {
    dayRange: { from: dayNumber, to: dayNumber },
    signal,
  })) {
    const { body } = await warehouse.get(keyOf(warehouse, file.path), { signal }).catch((error: unknown) => {
      throw error instanceof ObjectNotFound ? ledgerGone(file.path, error) : error;
    });
    const words = await pool.doneFingerprints(
      body,
      config.tables.map(({ key }) => key),
      signal,
    );
    for (let at = 0; at < words.length; at += WORDS) done.add(words, at);
  }
  return done;
}

function ledgerGone(path: string, cause: ObjectNotFound): TableUnusable {
  return new TableUnusable(
    `The ledger's file ${path} is gone, so nobody knows what the tables have of the day.`,
    'Bring it back from a backup, or ingest into a new warehouse.',
    { cause },
  );
}

async function newFiles(
  bucket: ObjectStore,
  source: SourcePrefix,
  day: string,
  isNew: (key: string, etag: string) => boolean,
  signal: AbortSignal,
): Promise<BatchFile[]> {
  const files: BatchFile[] = [];
  const { account, region, kind } = source;
  for await (const page of bucket.list(dayPrefix(source, day), { signal })) {
    for (const { key, etag, size } of page.objects) {
      // The console makes "folders": empty objects whose key ends with a slash.
      if (key.endsWith('/') || !isNew(key, etag)) continue;
      files.push({ key, etag, size, account, region, kind });
    }
  }
  return files;
}

/** Cuts files into batches, by stored bytes and by count, and writes each as an object when it is full. */
class BatchCutter {
  private readonly plan: DayPlan;
  private files: BatchFile[] = [];
  private bytes = 0;

  constructor(
    private readonly warehouse: ObjectStore,
    private readonly config: RunConfig,
    planId: string,
    private readonly day: string,
  ) {
    this.plan = { id: planId, address: planAddress(planId), batches: 0, files: 0, bytes: 0, ledgerSequence: '0' };
  }

  async add(file: BatchFile): Promise<void> {
    // What is only entered in the ledger is not read, so its bytes do not count.
    const { ingest, tables } = this.config;
    const bytes = isWanted(file.kind, tables) ? file.size : 0;
    if (this.files.length > 0 && (this.files.length >= ingest.batchFiles || this.bytes + bytes > ingest.batchBytes))
      await this.cut();
    this.files.push(file);
    this.bytes += bytes;
    this.plan.files++;
    this.plan.bytes += file.size;
  }

  async finish(): Promise<DayPlan> {
    if (this.files.length > 0) await this.cut();
    return this.plan;
  }

  private async cut(): Promise<void> {
    const index = this.plan.batches++;
    const batch: Batch = { id: `${this.plan.id}-b${String(index).padStart(6, '0')}`, day: this.day, files: this.files };
    await writeJson(this.warehouse, batchKey(this.plan.address, index), batch);
    this.files = [];
    this.bytes = 0;
  }
}
