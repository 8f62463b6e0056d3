/** The bucket of a chaos run: a small sample, plus what real buckets also have: broken files, and events delivered twice. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { parseObjectKey } from '../../cloudtrail/object-key.js';
import { fromDayNumber, toDayNumber } from '../../protocol/days.js';
import { type SampleOptions, writeSample } from '../../sample/index.js';
import { Random } from '../../sample/random.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { HOSTILE_NAMES, hostileFile } from './hostile-files.js';
import type { Rewritable } from './rewrites.js';

/** The size of a sample bucket. */
export type BucketSize = Pick<SampleOptions, 'days' | 'accounts' | 'regions' | 'eventsPerHour'>;

/** A sample bucket, and its expected contents. */
export interface ChaosBucket {
  /** Delivery days, both inclusive. */
  from: string;
  to: string;
  days: number;
  files: number;
  /** Ids of events that are in the bucket more than once. */
  repeated: ReadonlySet<string>;
  rewritable: readonly Rewritable[];
}

/** Number of hostile files per bucket. */
const HOSTILE_FILES = 1;

interface Delivered {
  key: string;
  day: string;
  records: unknown[];
}

/** Fills an empty store; the same seed and size give the same bytes. */
export async function makeBucket(store: ObjectStore, seed: number, size: BucketSize): Promise<ChaosBucket> {
  const sample = await writeSample(store, { ...size, seed, organization: seed % 2 === 1 });
  const { from, to } = sample.delivery;
  const random = new Random(String(seed), 'chaos bucket');
  const delivered = await deliveredIn(store);
  const extra = new Map<string, Uint8Array>();
  for (let day = from; day <= to; day = fromDayNumber(toDayNumber(day) + 1)) {
    const ofDay = delivered.filter((file) => file.day === day && file.records.length > 0);
    if (ofDay.length > 0) addDay(extra, ofDay, day < to, random);
  }
  for (const [key, body] of extra) await store.put(key, body);
  const repeated = await repeatedIn(store);
  for (const [key, body] of hostileIn(delivered, random.fork('hostile files'))) {
    extra.set(key, body);
    await store.put(key, body);
  }
  return {
    from,
    to,
    days: toDayNumber(to) - toDayNumber(from) + 1,
    files: sample.total.objects + extra.size,
    repeated,
    rewritable: delivered.flatMap(({ key, records }) =>
      records.length > 1 && records.every(hasId) ? [{ key, records: records as Rewritable['records'] }] : [],
    ),
  };
}

const hasId = (record: unknown): boolean => typeof (record as { eventID?: unknown } | null)?.eventID === 'string';

/** Only a few, because each takes as much memory or time as a file may. */
function hostileIn(delivered: readonly Delivered[], random: Random): [string, Uint8Array][] {
  return Array.from({ length: HOSTILE_FILES }, () => [
    renamed(random.pick(delivered).key, random),
    hostileFile(random.pick(HOSTILE_NAMES)),
  ]);
}

async function* logFiles(store: ObjectStore): AsyncGenerator<{ key: string; body: Buffer }> {
  for await (const { objects } of store.list('AWSLogs/')) {
    for (const { key } of objects) {
      if (parseObjectKey(key)?.kindFolder !== 'CloudTrail-Digest') yield { key, body: (await store.get(key)).body };
    }
  }
}

/** The files with events in the sample, in the order of their keys. */
async function deliveredIn(store: ObjectStore): Promise<Delivered[]> {
  const files: Delivered[] = [];
  for await (const { key, body } of logFiles(store)) {
    const parsed = parseObjectKey(key);
    if (parsed?.kindFolder !== 'CloudTrail') continue;
    files.push({ key, day: parsed.day, records: recordsOf(body) });
  }
  return files;
}

/** The records of a file; none if it cannot be read. */
function recordsOf(body: Buffer): unknown[] {
  try {
    const { Records: records } = JSON.parse(gunzipSync(body).toString('utf8')) as { Records?: unknown };
    return Array.isArray(records) ? records : [];
  } catch {
    return [];
  }
}

async function repeatedIn(store: ObjectStore): Promise<Set<string>> {
  const once = new Set<string>();
  const repeated = new Set<string>();
  for await (const { body } of logFiles(store)) {
    for (const record of recordsOf(body)) {
      const id = (record as { eventID?: unknown } | null)?.eventID;
      if (typeof id !== 'string') continue;
      if (once.has(id)) repeated.add(id);
      once.add(id);
    }
  }
  return repeated;
}

function addDay(extra: Map<string, Uint8Array>, files: readonly Delivered[], hasNext: boolean, random: Random): void {
  const add = (key: string, body: Uint8Array): void => void extra.set(key, body);
  const any = (): Delivered => random.pick(files);
  const whole = trailFile(any().records);
  add(renamed(any().key, random), whole.subarray(0, whole.length >> 1));
  add(renamed(any().key, random), gzipSync(JSON.stringify({ Records: any().records }).slice(0, -20)));
  add(renamed(any().key, random), gzipSync('{"hello":"world"}'));
  add(renamed(any().key, random), new Uint8Array());
  add(renamed(any().key, random), trailFile([]));
  // Delivered again, on the same day and on the next one: the same bytes, or some of the records mixed with others.
  for (let i = 0; i < 3; i++) {
    const file = any();
    add(renamed(file.key, random), trailFile(file.records));
  }
  for (let i = 0; i < 2 && hasNext; i++) {
    const file = any();
    add(renamed(nextDayOf(file), random), trailFile(file.records));
  }
  const [one, other] = [any(), any()];
  add(renamed(one.key, random), trailFile([...half(one.records), ...withoutIds(other.records)]));
  // Records that cannot become rows, mixed with others that can.
  const rejects = [7, { eventName: 'NoTime' }, { eventTime: 'yesterday', eventID: random.uuid() }];
  add(renamed(one.key, random), trailFile([...rejects, ...half(other.records)]));
}

const trailFile = (records: readonly unknown[]): Buffer => gzipSync(JSON.stringify({ Records: records }));
const half = (records: readonly unknown[]): unknown[] => records.filter((_, index) => index % 2 === 0);
const withoutIds = (records: readonly unknown[]): unknown[] =>
  records.map((record) => ({ ...(record as object), eventID: undefined }));

/** The key with another random part: a separate file with the same place and time. */
function renamed(key: string, random: Random): string {
  return key.replace(/_[^_]*\.json\.gz$/, `_${random.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghij', 16)}.json.gz`);
}

function nextDayOf({ key, day }: Delivered): string {
  const next = fromDayNumber(toDayNumber(day) + 1);
  return key
    .replace(`/${day.replaceAll('-', '/')}/`, `/${next.replaceAll('-', '/')}/`)
    .replace(`_${day.replaceAll('-', '')}T`, `_${next.replaceAll('-', '')}T`);
}
