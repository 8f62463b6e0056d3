/** Writes records into the files that CloudTrail would deliver: every five minutes, some of them late. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'fflate';
import { tableOf } from '../cloudtrail/table-config.js';
import type { ObjectStore } from '../storage/object-store.js';
import { isoDay, stampOf } from './clock.js';
import type { Digest } from './digests.js';
import type { JsonObject } from './identities.js';
import type { SampleCounts } from './manifest.js';
import { fileSuffix } from './principals.js';
import { datedKey, type Stream } from './streams.js';
import type { TrailDigests } from './trails.js';

/** Maximum records per file; real files have at most some hundred. */
const RECORDS_A_FILE = 400;
/** Enough to keep a disk busy. */
const CONCURRENT_WRITES = 32;
/** Fraction of deliveries with an empty file: CloudTrail occasionally delivers a file without records. */
const EMPTY_FILE_RATE = 0.01;

interface PendingRecord {
  text: string;
  time: number;
}

/** Records that have not been delivered yet, by slot, stream and kind. Only late records stay long, so memory use is small. */
export class DeliveryQueue {
  private readonly slots = new Map<number, Map<Stream, Map<string, PendingRecord[]>>>();

  constructor(
    private readonly store: ObjectStore,
    private readonly counts: SampleCounts,
  ) {}

  /** Adds a record that is to be delivered at a slot. */
  add(slot: number, stream: Stream, kind: string, record: JsonObject): void {
    const streams = this.slots.get(slot) ?? new Map<Stream, Map<string, PendingRecord[]>>();
    const kinds = streams.get(stream) ?? new Map<string, PendingRecord[]>();
    const waiting = kinds.get(kind) ?? [];
    waiting.push({ text: JSON.stringify(record), time: Date.parse(String(record.eventTime)) });
    this.slots.set(slot, streams.set(stream, kinds.set(kind, waiting)));
    if (tableOf(kind) === 'default') this.counts.record(record);
  }

  /** Writes the records that are due at this slot (`time` in milliseconds since the epoch), and adds the files to the digests. */
  async deliver(slot: number, time: number, trails: ReadonlyMap<Stream, TrailDigests>): Promise<void> {
    const due = this.slots.get(slot);
    this.slots.delete(slot);
    const writes: (() => Promise<unknown>)[] = [];
    for (const [stream, digests] of trails) {
      if (!digests.isLogging(time)) continue;
      const kinds = due?.get(stream) ?? new Map<string, PendingRecord[]>();
      if (!kinds.has('CloudTrail') && stream.random.chance(EMPTY_FILE_RATE)) kinds.set('CloudTrail', []);
      for (const [kind, records] of kinds) {
        for (let at = 0; at === 0 || at < records.length; at += RECORDS_A_FILE) {
          writes.push(this.logFile(stream, digests, kind, time, records.slice(at, at + RECORDS_A_FILE)));
        }
      }
    }
    await writeAll(writes);
  }

  /** Writes the digests that are due at `time` (milliseconds since the epoch). */
  async digests(time: number, trails: ReadonlyMap<Stream, TrailDigests>): Promise<void> {
    const writes: (() => Promise<unknown>)[] = [];
    for (const [stream, digests] of trails) {
      for (const digest of digests.due(time)) writes.push(this.digestFile(stream, digest));
    }
    await writeAll(writes);
  }

  private logFile(
    stream: Stream,
    digests: TrailDigests,
    kind: string,
    time: number,
    records: readonly PendingRecord[],
  ) {
    const { account, region, random } = stream;
    const name = `${account.id}_${kind}_${region}_${stampOf(time, false)}_${fileSuffix(random)}.json.gz`;
    const key = datedKey(stream, kind, time, name);
    const body = Buffer.from(`{"Records":[${records.map(({ text }) => text).join(',')}]}`);
    const times = records.map((record) => record.time);
    digests.add(time, {
      key,
      hash: createHash('sha256').update(body).digest('hex'),
      ...(times.length ? { newest: Math.max(...times), oldest: Math.min(...times) } : {}),
    });
    return () => this.put(stream, kind, time, key, body, records.length);
  }

  private digestFile(stream: Stream, { key, body, end, metadata }: Digest) {
    return () => this.put(stream, 'CloudTrail-Digest', end, key, body, 1, metadata);
  }

  private async put(
    { account, region }: Stream,
    kind: string,
    time: number,
    key: string,
    body: Buffer,
    records: number,
    metadata?: Record<string, string>,
  ): Promise<void> {
    // Not Node's zlib, whose output differs between versions. The time in the header is fixed, too, for reproducible bytes.
    const bytes = gzipSync(body, { mtime: 0 });
    await this.store.put(key, bytes, { metadata });
    this.counts.object({ kind, account: account.id, region, day: isoDay(time), bytes: bytes.length, records });
  }
}

async function writeAll(writes: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (let at = 0; at < writes.length; at += CONCURRENT_WRITES) {
    await Promise.all(writes.slice(at, at + CONCURRENT_WRITES).map((write) => write()));
  }
}
