/** plan-day: lists one delivery day, subtracts what the ledger has, and cuts the rest into batches. */
import { dayPrefix, type SourcePrefix } from '../cloudtrail/object-key.js';
import { isWanted } from '../cloudtrail/routing.js';
import type { DecoderPool } from '../ingest/decoder-pool.js';
import type { BatchFile } from '../ingest/types.js';
import type { ObjectStore } from '../storage/object-store.js';
import type { DayPlan, RunConfigRef, SourceFilter } from '../workflows/messages.js';
import { mapConcurrent } from './concurrency.js';
import { type KnownObjects, knownObjects } from './known-objects.js';
import type { RunConfig } from './run-config.js';
import { openTables, type RunContext } from './run-context.js';
import { matches } from './source-filter.js';
import { type Batch, batchKey, planAddress, readJson, type SourceList, writeJson } from './work-area.js';

export interface PlanDayInput {
  config: RunConfigRef;
  day: string;
  /** Address of the list that discover made. */
  sources: string;
  filter: SourceFilter;
  /** Take files again that were quarantined, but not those that this execution has quarantined itself. */
  retryQuarantined?: boolean;
}

/** Who plans: the ids of its batches begin with the execution, and no other attempt has the same plan id. */
export interface Planner {
  execution: string;
  planId: string;
}

/** A lost attempt that goes on writing can never mix its batches with another's: each has a plan of its own. */
export async function planDay(
  context: RunContext,
  pool: DecoderPool,
  input: PlanDayInput,
  planner: Planner,
  signal: AbortSignal,
): Promise<DayPlan> {
  const { warehouse, bucket, config } = context;
  await openTables(context);
  const known = await knownObjects(context, pool, input, planner, signal);
  const { sources } = await readJson<SourceList>(warehouse, input.sources, signal);
  const wanted = sources.filter((source) => matches(source, input.filter));
  const cutter = new BatchCutter(warehouse, config, planner.planId, input.day);
  const lanes = config.ingest.concurrentReads;
  const matchesKey = keyFilter(config);
  // A slice of places at a time: in memory is what one slice has to do, not what the day has.
  for (let at = 0; at < wanted.length; at += lanes) {
    const found = await mapConcurrent(wanted.slice(at, at + lanes), lanes, (source) =>
      newFiles(bucket, source, input.day, matchesKey, known, signal),
    );
    for (const files of found) for (const file of files) await cutter.add(file);
  }
  return { ...(await cutter.finish()), ledgerSequence: String(known.sequence) };
}

/** Does the configured pattern want a key? It sees what comes after the prefix. */
function keyFilter({ keyPrefix, keyPattern }: Pick<RunConfig, 'keyPrefix' | 'keyPattern'>): (key: string) => boolean {
  if (keyPattern === undefined) return () => true;
  const pattern = new RegExp(keyPattern);
  const from = keyPrefix === '' ? 0 : keyPrefix.length + 1;
  return (key) => pattern.test(key.slice(from));
}

async function newFiles(
  bucket: ObjectStore,
  source: SourcePrefix,
  day: string,
  matchesKey: (key: string) => boolean,
  known: KnownObjects,
  signal: AbortSignal,
): Promise<BatchFile[]> {
  const files: BatchFile[] = [];
  const { account, region, kind } = source;
  for await (const page of bucket.list(dayPrefix(source, day), { signal })) {
    for (const { key, etag, size } of page.objects) {
      // The console makes "folders": empty objects whose key ends with a slash.
      if (key.endsWith('/') || !matchesKey(key)) continue;
      const history = known.historyOf(key, etag);
      if (history !== undefined) files.push({ key, etag, size, account, region, kind, ...history });
    }
  }
  return files;
}

/** Cuts files into batches, by stored bytes and by count, and writes each as an object when it is full. */
class BatchCutter {
  private readonly plan: Omit<DayPlan, 'ledgerSequence'>;
  private files: BatchFile[] = [];
  private bytes = 0;

  constructor(
    private readonly warehouse: ObjectStore,
    private readonly config: RunConfig,
    planId: string,
    private readonly day: string,
  ) {
    this.plan = { id: planId, address: planAddress(planId), batches: 0, files: 0, bytes: 0 };
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

  async finish(): Promise<Omit<DayPlan, 'ledgerSequence'>> {
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
