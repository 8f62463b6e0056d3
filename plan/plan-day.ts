/** plan-day: lists one delivery day, subtracts what the ledger has, and cuts the rest into batches. */

import { dayPrefix, type SourcePrefix } from '../cloudtrail/object-key.js';
import { isWanted } from '../cloudtrail/table-config.js';
import { assertDayWhole } from '../commit/whole-tables.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import type { BatchFile } from '../ledger/entry.js';
import type { PlanDayInput } from '../protocol/activities.js';
import type { DayPlan } from '../protocol/messages.js';
import type { RunConfig } from '../run/config.js';
import { ensureTables, type RunContext } from '../run/context.js';
import { readWork, writeWork } from '../run/versioned.js';
import { BATCH, type Batch, batchKey, planAddress, SOURCE_LIST } from '../run/work-area.js';
import { LOOK_AHEAD, listInOrder } from '../storage/list-in-order.js';
import type { ObjectStore, UnusableEntry } from '../storage/object-store.js';
import { counted } from '../text/numbers.js';
import { fairOrder } from './fair-order.js';
import { type KnownObjects, knownObjects, type Planner, settledLedger } from './known-objects.js';
import { IgnoredCount, type KeyChoice, keyChoice, matches } from './source-filter.js';
import { type BatchSize, rememberPlan, unfinishedPlan } from './unfinished-plan.js';

/** A plan is a Temporal payload: only so many batches are described in it, some 50 bytes each. */
const BATCHES_NAMED = 500;

/**
 * Plans a delivery day. Each attempt writes a plan of its own, so a lost attempt that still writes cannot mix its
 * batches with another's. Throws `Damaged` for tables and files that are damaged.
 */
export async function planDay(
  context: RunContext,
  pool: DecoderPool,
  input: PlanDayInput,
  planner: Planner,
  signal: AbortSignal,
): Promise<DayPlan> {
  const { warehouse, bucket, config } = context;
  const tables = await ensureTables(context, signal);
  const ledger = await settledLedger(context, pool, input.day, signal);
  await assertDayWhole(context, tables, input.day, signal);
  const unfinished = input.fresh ? undefined : await unfinishedPlan(context, input, ledger, signal);
  if (unfinished !== undefined) return unfinished;
  const known = await knownObjects(context, pool, input, planner, ledger, signal);
  const { sources } = await readWork(warehouse, input.sources, SOURCE_LIST, signal);
  const wanted = sources.filter((source) => matches(source, input.filter));
  const cutter = new BatchCutter(warehouse, config, planner.planId, input.day);
  const ignored = new IgnoredCount();
  const choose = keyChoice(config);
  const pages = listInOrder(
    wanted,
    (source) => newFiles(bucket, source, input.day, { choose, ignored, known }, signal),
    {
      lanes: config.ingest.concurrentReads,
      lookAhead: LOOK_AHEAD,
    },
  );
  for await (const files of pages) for (const file of files) await cutter.add(file);
  const batches = await cutter.finish();
  const plan = planOf(planner.planId, batches, cutter.about, String(known.sequence), ignored);
  if (batches.length > 0) await rememberPlan(context, input, plan, batches, signal);
  return plan;
}

function planOf(
  id: string,
  batches: readonly BatchSize[],
  about: string[],
  ledgerSequence: string,
  ignored: IgnoredCount,
): DayPlan {
  const left = ignored.get();
  const order = fairOrder(batches.map(({ account }) => account));
  const sum = (of: 'files' | 'bytes'): number => batches.reduce((total, batch) => total + batch[of], 0);
  return {
    id,
    address: planAddress(id),
    batches: batches.length,
    files: sum('files'),
    bytes: sum('bytes'),
    ...(order === undefined ? {} : { order }),
    nextGroup: 0,
    resumed: false,
    about,
    ledgerSequence,
    ...(left === undefined ? {} : { ignored: left }),
  };
}

/** What has to be ingested of a page. */
async function* newFiles(
  bucket: ObjectStore,
  source: SourcePrefix,
  day: string,
  by: { choose: (key: string) => KeyChoice; ignored: IgnoredCount; known: KnownObjects },
  signal: AbortSignal,
): AsyncGenerator<BatchFile[]> {
  const { account, region, kind } = source;
  const onUnusable = ({ key, why }: UnusableEntry): void => by.ignored.add(why, key);
  for await (const page of bucket.list(dayPrefix(source, day), { signal, onUnusable })) {
    const files: BatchFile[] = [];
    for (const { key, etag, size } of page.objects) {
      const choice = by.choose(key);
      if (choice !== 'read') {
        if (choice !== undefined) by.ignored.add(choice, key);
        continue;
      }
      const history = by.known.historyOf(key, etag);
      if (history !== undefined) files.push({ key, etag, size, account, region, kind, ...history });
    }
    yield files;
  }
}

/** `111122223333 eu-west-1`, or how many of each where they are several. */
function placesOf(files: readonly BatchFile[]): string {
  const [accounts, regions] = (['account', 'region'] as const).map((of) => [...new Set(files.map((file) => file[of]))]);
  const account = accounts.length === 1 ? accounts[0] : counted(accounts.length, 'account');
  const region = regions.length === 1 ? regions[0] : counted(regions.length, 'region');
  return accounts.length === 1 && regions.length === 1 ? `${account} ${region}` : `${account}, ${region}`;
}

/** Cuts files into batches, by stored bytes and by count, and writes each as an object when it is full. */
class BatchCutter {
  /** Of the first batches what they are, see `DayPlan`. */
  readonly about: string[] = [];
  private readonly batches: BatchSize[] = [];
  private files: BatchFile[] = [];
  /** Of what has to be read, and of everything. */
  private bytes = { read: 0, all: 0 };

  constructor(
    private readonly warehouse: ObjectStore,
    private readonly config: RunConfig,
    private readonly planId: string,
    private readonly day: string,
  ) {}

  async add(file: BatchFile): Promise<void> {
    // What is only entered in the ledger is not read, so its bytes do not count.
    const { ingest, tables } = this.config;
    const read = isWanted(file.kind, tables) ? file.size : 0;
    if (this.files.length > 0 && (this.files.length >= ingest.batchFiles || this.bytes.read + read > ingest.batchBytes))
      await this.cut();
    this.files.push(file);
    this.bytes.read += read;
    this.bytes.all += file.size;
  }

  /** The sizes of all batches. */
  async finish(): Promise<BatchSize[]> {
    if (this.files.length > 0) await this.cut();
    return this.batches;
  }

  private async cut(): Promise<void> {
    const index = this.batches.length;
    const batch: Batch = { id: `${this.planId}-b${String(index).padStart(6, '0')}`, day: this.day, files: this.files };
    await writeWork(this.warehouse, batchKey(planAddress(this.planId), index), BATCH, batch);
    if (index < BATCHES_NAMED) this.about.push(`${counted(this.files.length, 'file')} · ${placesOf(this.files)}`);
    const [{ account }] = this.files;
    const ofOne = this.files.every((file) => file.account === account);
    this.batches.push({ files: this.files.length, bytes: this.bytes.all, ...(ofOne ? { account } : {}) });
    this.files = [];
    this.bytes = { read: 0, all: 0 };
  }
}
