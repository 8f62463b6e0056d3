/** The planDay activity: lists one delivery day, leaves out the objects that are done, and splits the rest into batches. */

import { dayPrefix, type SourcePrefix } from '../cloudtrail/object-key.js';
import { isWanted } from '../cloudtrail/table-config.js';
import { assertDayWhole } from '../commit/whole-tables.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import { digestFolderOf } from '../integrity/digest.js';
import type { BatchFile } from '../ledger/entry.js';
import type { PlanDayInput } from '../protocol/activities.js';
import type { DayPlan } from '../protocol/messages.js';
import type { RunConfig } from '../run/config.js';
import { ensureTables, type RunContext } from '../run/context.js';
import type { BatchSize } from '../run/remembered-plan.js';
import { readWork, writeWork } from '../run/versioned.js';
import { BATCH, type Batch, SOURCE_LIST } from '../run/work-area.js';
import { batchKey, ownerOf, planAddress } from '../run/work-keys.js';
import { readAhead } from '../storage/concurrency.js';
import { LOOK_AHEAD, listInOrder } from '../storage/list-in-order.js';
import type { ObjectStore, UnusableEntry } from '../storage/object-store.js';
import { counted } from '../text/numbers.js';
import { fairOrder } from './fair-order.js';
import { requiresProof } from './hold.js';
import { type KnownObjects, knownObjects, type Planner, settledLedger } from './known-objects.js';
import { Prover } from './prove.js';
import { IgnoredCount, type KeyChoice, keyChoice, matches } from './source-filter.js';
import { rememberPlan, unfinishedPlan } from './unfinished-plan.js';

/** Maximum batches that a plan describes, about 50 bytes each: the plan is a Temporal payload. */
const BATCHES_DESCRIBED = 500;
/** With `integrity: required`: pages of the listing whose digests are read at the same time. */
const PAGES_PROVEN_AT_ONCE = 4;

/**
 * Plans a delivery day. Each attempt writes its own plan, so a lost attempt that is still writing cannot mix its batches with
 * those of another. Throws `Damaged` for damaged tables and files.
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
  const id = planner.planId;
  const owner = ownerOf(config.source, ledger);
  const address = planAddress({ owner, day: input.day, since: known.sequence, id });
  const writer = new BatchWriter(warehouse, config, { id, address, day: input.day });
  const ignored = new IgnoredCount();
  const choose = keyChoice(config);
  const prover = requiresProof(config)
    ? new Prover(context, { pool, day: input.day, now: planner.now ?? Date.now(), ignored, signal })
    : undefined;
  const pages = listInOrder(
    prover === undefined ? wanted : byPlace(wanted),
    (source) => newFiles(bucket, source, input.day, { choose, ignored, known }, signal),
    {
      lanes: config.ingest.concurrentReads,
      lookAhead: LOOK_AHEAD,
    },
  );
  const planned = prover === undefined ? pages : readAhead(pages, PAGES_PROVEN_AT_ONCE, (files) => prover.prove(files));
  for await (const files of planned) for (const file of files) await writer.add(file);
  const batches = await writer.finish();
  const plan = planOf({ id, address }, batches, writer.about, known, ignored);
  if (batches.length > 0) await rememberPlan(context, input, plan, batches, signal);
  return plan;
}

/** Sources of the same account and region one after the other: they have the same digests. */
function byPlace(sources: readonly SourcePrefix[]): SourcePrefix[] {
  const place = ({ prefix }: SourcePrefix): string => digestFolderOf(prefix) ?? prefix;
  return [...sources].sort((a, b) => (place(a) === place(b) ? 0 : place(a) < place(b) ? -1 : 1));
}

function planOf(
  plan: Pick<DayPlan, 'id' | 'address'>,
  batches: readonly BatchSize[],
  about: string[],
  known: KnownObjects,
  ignored: IgnoredCount,
): DayPlan {
  const left = ignored.get();
  const order = fairOrder(batches.map(({ account }) => account));
  const sum = (of: 'files' | 'bytes'): number => batches.reduce((total, batch) => total + batch[of], 0);
  return {
    ...plan,
    batches: batches.length,
    files: sum('files'),
    bytes: sum('bytes'),
    ...(order === undefined ? {} : { order }),
    nextGroup: 0,
    resumed: false,
    about,
    ledgerSequence: String(known.sequence),
    ...(left === undefined ? {} : { ignored: left }),
    ...(known.met.ingested + known.met.other === 0 ? {} : { known: { ...known.met } }),
  };
}

/** Yields the objects to ingest, for each page of a place's listing. */
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
    const toRead = page.objects.filter(({ key }) => {
      const choice = by.choose(key);
      if (choice !== 'read' && choice !== undefined) by.ignored.add(choice, key);
      return choice === 'read';
    });
    const found = await by.known.newOf(bucket, toRead, signal, (why, key) => by.ignored.add(why, key));
    yield found.map((object) => ({ ...object, account, region, kind }));
  }
}

/** `111122223333 eu-west-1`, or the numbers of accounts and regions if there are several. */
function placesOf(files: readonly BatchFile[]): string {
  const [accounts, regions] = (['account', 'region'] as const).map((of) => [...new Set(files.map((file) => file[of]))]);
  const account = accounts.length === 1 ? accounts[0] : counted(accounts.length, 'account');
  const region = regions.length === 1 ? regions[0] : counted(regions.length, 'region');
  return accounts.length === 1 && regions.length === 1 ? `${account} ${region}` : `${account}, ${region}`;
}

/** Groups files into batches, by stored bytes and count, and writes each batch to the work area when it is full. */
class BatchWriter {
  /** Descriptions of the first batches, see `DayPlan`. */
  readonly about: string[] = [];
  private readonly batches: BatchSize[] = [];
  private files: BatchFile[] = [];
  /** Stored bytes of the files to read, and of all files of the current batch. */
  private bytes = { read: 0, all: 0 };

  constructor(
    private readonly warehouse: ObjectStore,
    private readonly config: RunConfig,
    private readonly plan: Pick<DayPlan, 'id' | 'address'> & { day: string },
  ) {}

  async add(file: BatchFile): Promise<void> {
    // Objects of tables that are not configured are only recorded in the ledger, so their bytes do not count.
    const { ingest, tables } = this.config;
    const read = isWanted(file.kind, tables) ? file.size : 0;
    if (this.files.length > 0 && (this.files.length >= ingest.batchFiles || this.bytes.read + read > ingest.batchBytes))
      await this.writeBatch();
    this.files.push(file);
    this.bytes.read += read;
    this.bytes.all += file.size;
  }

  /** Writes the last batch, and returns the sizes of all batches. */
  async finish(): Promise<BatchSize[]> {
    if (this.files.length > 0) await this.writeBatch();
    return this.batches;
  }

  private async writeBatch(): Promise<void> {
    const index = this.batches.length;
    const { id, address, day } = this.plan;
    const batch: Batch = { id: `${id}-b${String(index).padStart(6, '0')}`, day, files: this.files };
    await writeWork(this.warehouse, batchKey(address, index), BATCH, batch);
    if (index < BATCHES_DESCRIBED) this.about.push(`${counted(this.files.length, 'file')} · ${placesOf(this.files)}`);
    const [{ account }] = this.files;
    const ofOne = this.files.every((file) => file.account === account);
    this.batches.push({ files: this.files.length, bytes: this.bytes.all, ...(ofOne ? { account } : {}) });
    this.files = [];
    this.bytes = { read: 0, all: 0 };
  }
}
