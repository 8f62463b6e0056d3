/** The content of a sample: counted while it is generated, and written next to it as `sample.json`. */
import { tableOf } from '../cloudtrail/table-config.js';
import type { JsonObject } from './identities.js';
import type { SampleOptions } from './options.js';
import type { TrailChangesManifest } from './trails.js';

/** A name and how often it occurs. */
export interface NamedCount {
  name: string;
  count: number;
}

/** The volume of a part of the sample. */
export interface Volume {
  objects: number;
  /** Stored (gzipped) bytes. */
  bytes: number;
  /** Records; a digest counts as one. */
  records: number;
}

/** The content of `sample.json`. */
export interface SampleManifest {
  /** Version of the file format. */
  format: 1;
  options: SampleOptions;
  bucket: string;
  organization: string | null;
  accounts: string[];
  regions: string[];
  /** Absent without `trailChanges`. */
  changes?: TrailChangesManifest;
  /** Delivery days, inclusive: the range of a backfill that reads everything. */
  delivery: { from: string; to: string };
  total: Volume;
  kinds: Record<string, Volume>;
  /** Keyed by `account/region/delivery day/kind`. */
  days: Record<string, Volume>;
  /** Rows that each table must have. */
  tables: { default: number; insights: number; digest: number };
  /** Rows of the default table by the day of `eventTime`, UTC. */
  eventDays: Record<string, number>;
  /** Expected results of queries on the default table. */
  answers: { topPrincipals: NamedCount[]; failedLogins: NamedCount[]; errorsByService: NamedCount[] };
}

/** An object of the sample. */
interface SampleObject {
  kind: string;
  account: string;
  region: string;
  /** Delivery day. */
  day: string;
  bytes: number;
  records: number;
}

const TOP = 5;

/** Counts objects and records while they are generated. */
export class SampleCounts {
  private readonly kinds = new Map<string, Volume>();
  private readonly days = new Map<string, Volume>();
  private readonly tables = { default: 0, insights: 0, digest: 0 };
  private readonly eventDays = new Map<string, number>();
  private readonly principals = new Map<string, number>();
  private readonly logins = new Map<string, number>();
  private readonly errors = new Map<string, number>();
  readonly total: Volume = { objects: 0, bytes: 0, records: 0 };

  /** Counts an object. */
  object({ kind, account, region, day, bytes, records }: SampleObject): void {
    const place = `${account}/${region}/${day}/${kind}`;
    for (const volume of [this.total, volumeIn(this.kinds, kind), volumeIn(this.days, place)]) {
      volume.objects++;
      volume.bytes += bytes;
      volume.records += records;
    }
    this.tables[tableOf(kind)] += records;
  }

  /** Counts a record of the default table. */
  record(record: JsonObject): void {
    count(this.eventDays, String(record.eventTime).slice(0, 10));
    const { arn, userName, principalId } = record.userIdentity as JsonObject;
    if (arn !== undefined) count(this.principals, String(arn));
    if (record.errorCode !== undefined) count(this.errors, String(record.eventSource));
    const { ConsoleLogin: login } = (record.responseElements ?? {}) as JsonObject;
    if (record.eventName === 'ConsoleLogin' && login === 'Failure') {
      count(this.logins, String(arn ?? userName ?? principalId));
    }
  }

  /** First and last delivery day of the counted objects. */
  deliveryRange(): { from: string; to: string } {
    const days = [...this.days.keys()].map((place) => place.split('/')[2]).sort();
    return { from: days[0], to: days[days.length - 1] };
  }

  /** The counts for the manifest. */
  counts(): Pick<SampleManifest, 'delivery' | 'total' | 'kinds' | 'days' | 'tables' | 'eventDays' | 'answers'> {
    return {
      delivery: this.deliveryRange(),
      total: this.total,
      kinds: sorted(this.kinds),
      days: sorted(this.days),
      tables: this.tables,
      eventDays: sorted(this.eventDays),
      answers: {
        topPrincipals: ranked(this.principals).slice(0, TOP),
        failedLogins: ranked(this.logins),
        errorsByService: ranked(this.errors),
      },
    };
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function volumeIn(volumes: Map<string, Volume>, name: string): Volume {
  let volume = volumes.get(name);
  if (volume === undefined) {
    volume = { objects: 0, bytes: 0, records: 0 };
    volumes.set(name, volume);
  }
  return volume;
}

function sorted<T>(values: Map<string, T>): Record<string, T> {
  return Object.fromEntries([...values].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Highest count first; equal counts in the order of their UTF-8 bytes, like databases. */
function ranked(counts: Map<string, number>): NamedCount[] {
  return [...counts]
    .map(([name, times]) => ({ name, count: times }))
    .sort((a, b) => b.count - a.count || Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}
