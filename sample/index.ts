/** A CloudTrail bucket that looks real, and is the same bytes for the same options. */

import { LOGS_FOLDER } from '../cloudtrail/object-key.js';
import { UserMistake } from '../errors/index.js';
import type { ObjectStore } from '../storage/object-store.js';
import type { EventContext } from './actions.js';
import { deliveryDelay, eventRate, SLOT_MS, SLOTS_A_DAY } from './clock.js';
import { DeliveryQueue } from './delivery.js';
import { DigestChain } from './digests.js';
import { eventsOf } from './events.js';
import { type KeyPair, keyPairOf } from './key-pair.js';
import { SampleCounts, type SampleManifest } from './manifest.js';
import { FIRST_DAY, type SampleOptions, sampleOptions } from './options.js';
import { insightPair, networkActivity } from './other-kinds.js';
import { type Account, accountsOf } from './principals.js';
import { HEX, Random } from './random.js';
import { SAMPLE_REGIONS, type Stream, streamsOf } from './streams.js';

export type { NamedCount, SampleManifest } from './manifest.js';
export { FIRST_DAY, type SampleOptions } from './options.js';

/** Written last: where it is, the sample is whole. */
export const MANIFEST_KEY = 'sample.json';
/** The key pair of the digests: as PEM, and as `aws cloudtrail list-public-keys` would answer. */
export const KEYS_PREFIX = 'sample-keys/';

const TRAIL = 'acme-trail';
const NETWORK_RATE = 0.02;
const INSIGHT_CHANCE = 0.4;
/** The last files of the last day come up to two slots after it; nothing is later than that. */
const OVERTIME = 2;

/** How far the writing of a sample has come. */
export interface SampleProgress {
  /** Of the time that the sample covers, 0 … 1. */
  done: number;
  objects: number;
  bytes: number;
}

/**
 * Writes the bucket into an empty store, or gives the manifest of the same sample that is there already. Memory holds some
 * minutes of records, independent of the size of the sample. Throws `UserMistake` for impossible options and for a store with other things.
 */
export async function writeSample(
  store: ObjectStore,
  given: Partial<SampleOptions> = {},
  onProgress: (progress: SampleProgress) => void = () => {},
): Promise<SampleManifest> {
  const options = sampleOptions(given);
  const there = await existing(store, options);
  if (there !== undefined) return there;

  const random = new Random(String(options.seed), 'sample');
  const accounts = accountsOf(random.fork('accounts'), options.accounts);
  const organization = options.organization ? `o-${random.fork('organization').from(HEX, 10)}` : null;
  const root = organization === null ? `${LOGS_FOLDER}/` : `${LOGS_FOLDER}/${organization}/`;
  const streams = streamsOf(random, accounts, options.regions, root);
  const keys = keyPairOf(random.fork('keys'));
  const tally = new SampleCounts();
  await writeKeys(store, keys);
  await deliverAll({ store, options, accounts, streams, keys, tally, onProgress });
  const manifest: SampleManifest = {
    format: 1,
    options,
    bucket: options.bucket,
    organization,
    accounts: accounts.map(({ id }) => id),
    regions: SAMPLE_REGIONS.slice(0, options.regions),
    ...tally.counts(),
  };
  await store.put(MANIFEST_KEY, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
  return manifest;
}

async function existing(store: ObjectStore, options: SampleOptions): Promise<SampleManifest | undefined> {
  for await (const { objects, prefixes } of store.list('', { delimiter: '/' })) {
    if (objects.some(({ key }) => key === MANIFEST_KEY)) {
      const manifest = await readManifest(store);
      if (JSON.stringify(manifest?.options) === JSON.stringify(options)) return manifest;
      throw new UserMistake(
        `${store.uri} has another sample already.`,
        'Choose another directory, the same options, or delete it first.',
      );
    }
    if (objects.length + prefixes.length > 0) {
      throw new UserMistake(
        `${store.uri} is not empty: a sample must not mix with other files.`,
        'Choose a new or an empty directory. What an interrupted sample left can be deleted.',
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
  keys: KeyPair;
  tally: SampleCounts;
  onProgress: (progress: SampleProgress) => void;
}

async function deliverAll({ store, options, accounts, streams, keys, tally, onProgress }: SampleWork): Promise<void> {
  const first = Date.parse(`${FIRST_DAY}T00:00:00Z`);
  const slots = options.days * SLOTS_A_DAY;
  const trail = { bucket: options.bucket, name: TRAIL, homeRegion: SAMPLE_REGIONS[0] };
  const chains = new Map(
    streams.map((stream) => {
      const end = first + (1 + stream.random.int(3599)) * 1000;
      return [stream, new DigestChain(trail, stream, keys, end)];
    }),
  );
  const delivery = new DeliveryQueue(store, tally);
  const happening = new EventGenerator(options, accounts, streams, delivery, slots + OVERTIME - 1);
  for (let slot = 0; slot < slots + OVERTIME; slot++) {
    const time = first + slot * SLOT_MS;
    if (slot < slots) happening.generateSlot(slot, time);
    await delivery.digests(time, chains);
    await delivery.deliver(slot, time, chains);
    onProgress({ done: (slot + 1) / (slots + OVERTIME), objects: tally.total.objects, bytes: tally.total.bytes });
  }
  // The hour of the last files ends up to an hour after them.
  await delivery.digests(first + (slots + OVERTIME) * SLOT_MS + 3_600_000, chains);
}

/** Generates the events of one slot (five minutes), and the time of their delivery. */
class EventGenerator {
  private readonly byPlace: ReadonlyMap<string, Stream>;

  constructor(
    private readonly options: SampleOptions,
    private readonly accounts: readonly Account[],
    private readonly streams: readonly Stream[],
    private readonly delivery: DeliveryQueue,
    private readonly lastSlot: number,
  ) {
    this.byPlace = new Map(streams.map((stream) => [`${stream.account.id}/${stream.region}`, stream]));
  }

  generateSlot(slot: number, time: number): void {
    const average = (this.options.eventsPerHour / 12) * eventRate(time);
    for (const [index, stream] of this.streams.entries()) {
      const { random } = stream;
      // On average exactly as many as asked for, also where that is less than one.
      const count = Math.floor(average * stream.share + random.int(1000) / 1000);
      for (let i = 0; i < count; i++) this.event(stream, slot, time + random.int(SLOT_MS / 1000) * 1000);
      if (slot % SLOTS_A_DAY === 0 && (index === 0 || random.chance(INSIGHT_CHANCE))) this.insight(stream, slot, time);
    }
  }

  private event(stream: Stream, slot: number, time: number): void {
    const { account, region, random } = stream;
    const scene: EventContext = { random, account, region, time };
    if (random.chance(NETWORK_RATE)) {
      this.deliver(slot + deliveryDelay(random), stream, 'CloudTrail-NetworkActivity', networkActivity(scene));
      return;
    }
    for (const { account: receiver, record } of eventsOf(scene, this.accounts)) {
      const receiving = this.byPlace.get(`${receiver.id}/${region}`) ?? stream;
      this.deliver(slot + deliveryDelay(random), receiving, 'CloudTrail', record);
    }
  }

  private insight(stream: Stream, slot: number, time: number): void {
    const { account, region, random } = stream;
    const later = random.int(SLOTS_A_DAY - 12);
    const { start, end, minutes } = insightPair({ random, account, region, time: time + later * SLOT_MS });
    const slots = Math.ceil((minutes * 60_000) / SLOT_MS);
    this.deliver(slot + later + 3, stream, 'CloudTrail-Insight', start);
    this.deliver(slot + later + slots + 3, stream, 'CloudTrail-Insight', end);
  }

  private deliver(slot: number, stream: Stream, kind: string, record: Parameters<DeliveryQueue['add']>[3]): void {
    this.delivery.add(Math.min(slot, this.lastSlot), stream, kind, record);
  }
}

async function writeKeys(store: ObjectStore, { privateKey, publicKeyDer, fingerprint }: KeyPair): Promise<void> {
  const start = `${FIRST_DAY}T00:00:00Z`;
  const list = {
    PublicKeyList: [
      {
        Value: publicKeyDer.toString('base64'),
        ValidityStartTime: start,
        ValidityEndTime: new Date(Date.parse(start) + 3_660 * 86_400_000).toISOString(),
        Fingerprint: fingerprint,
      },
    ],
  };
  const files: [name: string, text: string][] = [
    ['public-keys.json', `${JSON.stringify(list, null, 2)}\n`],
    ['private-key.pem', String(privateKey.export({ type: 'pkcs8', format: 'pem' }))],
  ];
  for (const [name, text] of files) await store.put(`${KEYS_PREFIX}${name}`, Buffer.from(text));
}
