/** A realistic CloudTrail bucket, byte for byte the same for the same options. */

import { MILLIS_A_DAY } from '../cloudtrail/decoder/timestamp.js';
import { LOGS_FOLDER } from '../cloudtrail/object-key.js';
import { UserMistake } from '../errors/index.js';
import type { ObjectStore } from '../storage/object-store.js';
import type { EventContext } from './actions.js';
import { deliveryDelay, eventRate, SLOT_MS, SLOTS_A_DAY } from './clock.js';
import { DeliveryQueue } from './delivery.js';
import { HOUR_MS } from './digests.js';
import { eventsOf } from './events.js';
import { type KeyPeriod, keyFilesOf, keyPairOf } from './key-pair.js';
import { SampleCounts, type SampleManifest } from './manifest.js';
import { FIRST_DAY, type SampleOptions, sampleOptions } from './options.js';
import { insightPair, networkActivity } from './other-kinds.js';
import { type Account, accountsOf } from './principals.js';
import { HEX, Random } from './random.js';
import { SAMPLE_REGIONS, type Stream, streamsOf } from './streams.js';
import { describeChanges, Trails, trailChangesOf } from './trails.js';

export type { NamedCount, SampleManifest } from './manifest.js';
export { FIRST_DAY, type SampleOptions } from './options.js';

/** Key of the manifest. It is written last: if it exists, the sample is complete. */
export const MANIFEST_KEY = 'sample.json';
/** Prefix of the key pair of the digests: as PEM, and in the format of `aws cloudtrail list-public-keys`. */
export const KEYS_PREFIX = 'sample-keys/';

const NETWORK_RATE = 0.02;
const INSIGHT_CHANCE = 0.4;
/** Slots after the last day in which its last files are delivered; no file is later than that. */
const EXTRA_SLOTS = 2;

/** Progress of writing a sample. */
export interface SampleProgress {
  /** Fraction of the time that the sample covers, 0 to 1. */
  done: number;
  objects: number;
  bytes: number;
}

/**
 * Writes the bucket into an empty store; if the store already has the same sample, only returns its manifest. Memory holds some
 * minutes of records, independent of the size of the sample. Throws `UserMistake` for invalid options and for a store that
 * contains anything else.
 */
export async function writeSample(
  store: ObjectStore,
  given: Partial<SampleOptions> = {},
  onProgress: (progress: SampleProgress) => void = () => {},
): Promise<SampleManifest> {
  const options = sampleOptions(given);
  const existing = await existingManifest(store, options);
  if (existing !== undefined) return existing;

  const random = new Random(String(options.seed), 'sample');
  const accounts = accountsOf(random.fork('accounts'), options.accounts);
  const organization = options.organization ? `o-${random.fork('organization').from(HEX, 10)}` : null;
  const root = organization === null ? `${LOGS_FOLDER}/` : `${LOGS_FOLDER}/${organization}/`;
  const streams = streamsOf(random, accounts, options.regions, root);
  const first = Date.parse(`${FIRST_DAY}T00:00:00Z`);
  const changes =
    options.trailChanges === true
      ? trailChangesOf({ from: first, to: first + options.days * MILLIS_A_DAY })
      : undefined;
  const keys: KeyPeriod[] = [{ from: first, keys: keyPairOf(random.fork('keys')) }];
  if (changes !== undefined) keys.push({ from: changes.rotation, keys: keyPairOf(random.fork('keys/2')) });
  for (const [name, text] of keyFilesOf(keys)) await store.put(`${KEYS_PREFIX}${name}`, Buffer.from(text));
  const sampleCounts = new SampleCounts();
  const trails = new Trails(streams, { bucket: options.bucket, first, keys, changes });
  await deliverAll({ store, options, accounts, streams, first, trails, sampleCounts, onProgress });
  const regions = SAMPLE_REGIONS.slice(0, options.regions);
  const manifest: SampleManifest = {
    format: 1,
    options,
    bucket: options.bucket,
    organization,
    accounts: accounts.map(({ id }) => id),
    regions,
    ...(changes === undefined ? {} : { changes: describeChanges(changes, regions) }),
    ...sampleCounts.counts(),
  };
  await store.put(MANIFEST_KEY, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
  return manifest;
}

async function existingManifest(store: ObjectStore, options: SampleOptions): Promise<SampleManifest | undefined> {
  for await (const { objects, prefixes } of store.list('', { delimiter: '/' })) {
    if (objects.some(({ key }) => key === MANIFEST_KEY)) {
      const manifest = await readManifest(store);
      if (JSON.stringify(manifest?.options) === JSON.stringify(options)) return manifest;
      throw new UserMistake(
        `${store.uri} already contains a different sample.`,
        'Choose another directory, use the same options, or delete it first.',
      );
    }
    if (objects.length + prefixes.length > 0) {
      throw new UserMistake(
        `${store.uri} is not empty: a sample must not be mixed with other files.`,
        'Choose a new or an empty directory. The files of an interrupted sample can be deleted.',
      );
    }
  }
  return undefined;
}

async function readManifest(store: ObjectStore): Promise<SampleManifest | undefined> {
  const { body } = await store.get(MANIFEST_KEY);
  try {
    return JSON.parse(body.toString('utf8')) as SampleManifest;
  } catch {
    return undefined;
  }
}

interface SampleWork {
  store: ObjectStore;
  options: SampleOptions;
  accounts: readonly Account[];
  streams: readonly Stream[];
  first: number;
  trails: Trails;
  sampleCounts: SampleCounts;
  onProgress: (progress: SampleProgress) => void;
}

async function deliverAll({
  store,
  options,
  accounts,
  streams,
  first,
  trails,
  sampleCounts,
  onProgress,
}: SampleWork): Promise<void> {
  const slots = options.days * SLOTS_A_DAY;
  const delivery = new DeliveryQueue(store, sampleCounts);
  const generator = new EventGenerator(options, accounts, streams, trails, delivery, first, slots + EXTRA_SLOTS - 1);
  for (let slot = 0; slot < slots + EXTRA_SLOTS; slot++) {
    const time = first + slot * SLOT_MS;
    if (slot < slots) generator.generateSlot(slot, time);
    await delivery.digests(time, trails.digests);
    await delivery.deliver(slot, time, trails.digests);
    onProgress({
      done: (slot + 1) / (slots + EXTRA_SLOTS),
      objects: sampleCounts.total.objects,
      bytes: sampleCounts.total.bytes,
    });
  }
  // The digest of the last files is due up to an hour after them.
  await delivery.digests(first + (slots + EXTRA_SLOTS) * SLOT_MS + HOUR_MS, trails.digests);
}

/** Generates the events of each slot (five minutes), and their delivery times. */
class EventGenerator {
  private readonly byPlace: ReadonlyMap<string, Stream>;

  constructor(
    private readonly options: SampleOptions,
    private readonly accounts: readonly Account[],
    private readonly streams: readonly Stream[],
    private readonly trails: Trails,
    private readonly delivery: DeliveryQueue,
    private readonly first: number,
    private readonly lastSlot: number,
  ) {
    this.byPlace = new Map(streams.map((stream) => [`${stream.account.id}/${stream.region}`, stream]));
  }

  generateSlot(slot: number, time: number): void {
    const average = (this.options.eventsPerHour / 12) * eventRate(time);
    for (const [index, stream] of this.streams.entries()) {
      const { random } = stream;
      // Exactly the requested number on average, even if that is less than one.
      const count = Math.floor(average * stream.share + random.int(1000) / 1000);
      for (let i = 0; i < count; i++) this.event(stream, slot, time + random.int(SLOT_MS / 1000) * 1000);
      if (slot % SLOTS_A_DAY === 0 && (index === 0 || random.chance(INSIGHT_CHANCE))) this.insight(stream, slot, time);
    }
  }

  private event(stream: Stream, slot: number, time: number): void {
    const { account, region, random } = stream;
    const context: EventContext = { random, account, region, time };
    if (random.chance(NETWORK_RATE)) {
      this.deliver(slot + deliveryDelay(random), stream, 'CloudTrail-NetworkActivity', networkActivity(context));
      return;
    }
    for (const { account: receiver, record } of eventsOf(context, this.accounts)) {
      const receiving = this.byPlace.get(`${receiver.id}/${region}`) ?? stream;
      this.deliver(slot + deliveryDelay(random), receiving, 'CloudTrail', record);
    }
  }

  private insight(stream: Stream, slot: number, time: number): void {
    const { account, region, random } = stream;
    const offset = random.int(SLOTS_A_DAY - 12);
    const { start, end, minutes } = insightPair({ random, account, region, time: time + offset * SLOT_MS });
    const slots = Math.ceil((minutes * 60_000) / SLOT_MS);
    this.deliver(slot + offset + 3, stream, 'CloudTrail-Insight', start);
    this.deliver(slot + offset + slots + 3, stream, 'CloudTrail-Insight', end);
  }

  private deliver(slot: number, stream: Stream, kind: string, record: Parameters<DeliveryQueue['add']>[3]): void {
    const due = Math.min(slot, this.lastSlot);
    const receiving = this.trails.streamOf(stream, {
      data: record.eventCategory === 'Data',
      time: Date.parse(String(record.eventTime)),
      deliveredAt: this.first + due * SLOT_MS,
    });
    if (receiving !== undefined) this.delivery.add(due, receiving, kind, record);
  }
}
