/** Deliveries as a frequent schedule finds them: a small file for each run, some files of earlier days, and some events twice. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { addDays, DAY_MS, dayAt } from '../../../protocol/days.js';
import { sampleRecords } from '../records.js';

/** How many runs there are, and what they find. */
export interface TrafficSize {
  runsADay: number;
  eventsAFile: number;
  /** After this many runs, there is also a file of an earlier delivery day, which means one more commit. */
  lateEvery: number;
  /** After this many runs, the events of an earlier file are delivered again, in an object of today. */
  repeatEvery: number;
}

/** 33 commits a day: 1,000 in 30 days. */
export const BUSY: TrafficSize = { runsADay: 25, eventsAFile: 8, lateEvery: 3, repeatEvery: 4 };

/** What a run has to ingest. */
export interface Delivery {
  /** Delivery days that have something new. */
  days: string[];
  /** Events that were not delivered before. */
  events: number;
  /** Events that were. */
  repeats: number;
}

const ACCOUNTS = ['111122223333', '444455556666'];
const REGIONS = ['us-east-1', 'eu-west-1'];
/** Late files, and files whose events are delivered again, are at most this many days old. */
const MOST_DAYS_LATE = 6;

/** Writes the objects of runs into the directory of a bucket. The same for the same arguments. */
export class Traffic {
  private files = 0;
  private readonly delivered: string[][] = [];

  private constructor(
    private readonly bucket: string,
    private readonly start: number,
    private readonly size: TrafficSize,
    private readonly record: (index: number) => string,
  ) {}

  /** @param start of the first run, milliseconds since the epoch */
  static async create(bucket: string, start: number, size: TrafficSize): Promise<Traffic> {
    return new Traffic(bucket, start, size, await sampleRecords());
  }

  /** When a run begins, milliseconds since the epoch. */
  timeOf(run: number): number {
    return this.start + Math.round(((run + 1) * DAY_MS) / this.size.runsADay);
  }

  /** Writes what the run with this number, from 0, finds. */
  deliver(run: number): Delivery {
    const { eventsAFile, lateEvery, repeatEvery } = this.size;
    // What the run finds was delivered a minute ago.
    const time = this.timeOf(run) - 60_000;
    const today = dayAt(time);
    const delivery: Delivery = { days: [today], events: eventsAFile, repeats: 0 };
    const texts = this.fresh(time, eventsAFile);
    this.write(today, texts);
    this.delivered.push(texts);
    if (run % repeatEvery === repeatEvery - 1) {
      const ago = (run * 7) % Math.min(this.delivered.length, MOST_DAYS_LATE * this.size.runsADay);
      const again = this.delivered[this.delivered.length - 1 - ago];
      this.write(today, again);
      delivery.repeats += again.length;
    }
    const late = addDays(today, -1 - (run % MOST_DAYS_LATE));
    if (run % lateEvery === lateEvery - 1) {
      this.write(late, this.fresh(Date.parse(`${late}T12:00:00Z`) + (run % 600) * 60_000, eventsAFile));
      delivery.days.unshift(late);
      delivery.events += eventsAFile;
    }
    return delivery;
  }

  /** New events, a second apart, the last one at `time`. */
  private fresh(time: number, count: number): string[] {
    return Array.from({ length: count }, (_, at) => {
      const iso = new Date(time - (count - at) * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
      return this.record(this.files * count + at).replace(/("eventTime":")[^"]*/, (_all, head: string) => head + iso);
    });
  }

  private write(day: string, texts: readonly string[]): void {
    const account = ACCOUNTS[this.files % 2];
    const region = REGIONS[(this.files >> 1) % 2];
    const name = `${account}_CloudTrail_${region}_${day.replaceAll('-', '')}T1200Z_${String(this.files++).padStart(16, '0')}.json.gz`;
    const path = join(this.bucket, 'AWSLogs', account, 'CloudTrail', region, ...day.split('-'), name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, gzipSync(`{"Records":[${texts.join(',')}]}`, { level: 1 }));
  }
}
