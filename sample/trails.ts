/** The trails of a sample: what each delivers, when, and with which digests. Times are in milliseconds since the epoch. */
import { SLOT_MS } from './clock.js';
import { type Digest, DigestChain, HOUR_MS, type LogFile, type TrailSettings } from './digests.js';
import { isoTime } from './identities.js';
import type { KeyPair } from './key-pair.js';
import type { Random } from './random.js';
import { SAMPLE_REGIONS, type Stream } from './streams.js';

/** The trail that delivers everything that no other trail does. */
const TRAIL = 'acme-trail';
/** With trail changes: the trail of the data events in its home region. It delivers to the same folders. */
const DATA_TRAIL = 'acme-data-trail';

/** A time range; `to` is exclusive. */
interface Period {
  from: number;
  to: number;
}

/** What happens to the trails during a sample with `trailChanges`. */
export interface TrailChanges {
  /** From this time on, another key signs. */
  rotation: number;
  /** The main trail is stopped; nothing is delivered. */
  stopped: Period;
  /** Half of the log files that the main trail delivers at this time to its last region are in no ordinary digest. */
  delayed: Period;
  /** When the backfilled digests of those log files were created, with the new key. */
  backfilledAt: number;
}

/** {@link TrailChanges} in `sample.json`, with times as CloudTrail writes them. */
export interface TrailChangesManifest {
  trails: [main: string, data: string];
  rotation: string;
  stopped: { from: string; to: string };
  delayed: { region: string; from: string; to: string };
  backfilledAt: string;
}

/** Returns the changes of a sample: around its middle, so that one day is enough for all of them. */
export function trailChangesOf({ from, to }: Period): TrailChanges {
  const middle = from + Math.round((to - from) / 2 / HOUR_MS) * HOUR_MS;
  const at = (hours: number): number => middle + hours * HOUR_MS;
  return {
    delayed: { from: at(-6), to: at(-2) },
    rotation: middle,
    backfilledAt: at(2),
    stopped: { from: at(5), to: at(9) },
  };
}

/** Returns the description of the changes for `sample.json`. */
export function describeChanges(
  { rotation, stopped, delayed, backfilledAt }: TrailChanges,
  regions: readonly string[],
): TrailChangesManifest {
  return {
    trails: [TRAIL, DATA_TRAIL],
    rotation: isoTime(rotation),
    stopped: { from: isoTime(stopped.from), to: isoTime(stopped.to) },
    delayed: { region: regions[regions.length - 1], from: isoTime(delayed.from), to: isoTime(delayed.to) },
    backfilledAt: isoTime(backfilledAt),
  };
}

/** What the trails of a sample have in common. */
interface TrailsSettings {
  bucket: string;
  /** Start of the first day. */
  first: number;
  /** In the order of their time: the key pair is in use from `from` on. */
  keys: readonly { from: number; keys: KeyPair }[];
  changes?: TrailChanges;
}

/** All trails in all streams. A stream that two trails deliver to occurs twice, each with its own random numbers. */
export class Trails {
  /** The streams of all trails, and their digests. */
  readonly digests: ReadonlyMap<Stream, TrailDigests>;
  private readonly dataStreams: ReadonlyMap<Stream, Stream>;

  constructor(streams: readonly Stream[], { bucket, first, keys, changes }: TrailsSettings) {
    const keysAt = (time: number): KeyPair => (keys.findLast(({ from }) => from <= time) ?? keys[0]).keys;
    const trail = { bucket, name: TRAIL, homeRegion: SAMPLE_REGIONS[0] };
    const firstEnd = ({ random }: Stream): number => first + (1 + random.int(3599)) * 1000;
    const lastRegion = streams.at(-1)?.region;
    const digests = new Map<Stream, TrailDigests>();
    for (const stream of streams) {
      const delayed = stream.region === lastRegion ? changes : undefined;
      const stopped = changes?.stopped;
      digests.set(stream, new TrailDigests({ trail, stream, keysAt, end: firstEnd(stream), stopped, delayed }));
    }
    const dataStreams = new Map<Stream, Stream>();
    if (changes !== undefined) {
      for (const stream of streams.filter(({ region }) => region === trail.homeRegion)) {
        const twin = { ...stream, random: stream.random.fork(`${stream.account.id}/${stream.region}/${DATA_TRAIL}`) };
        const end = firstEnd(twin);
        dataStreams.set(stream, twin);
        digests.set(twin, new TrailDigests({ trail: { ...trail, name: DATA_TRAIL }, stream: twin, keysAt, end }));
      }
    }
    this.digests = digests;
    this.dataStreams = dataStreams;
  }

  /**
   * Returns the stream in which an event is delivered: that of the data trail, if there is one and it is a data event.
   * `undefined` if its trail is stopped when the event happens or when it would be delivered.
   */
  streamOf(stream: Stream, event: { data: boolean; time: number; deliveredAt: number }): Stream | undefined {
    const receiving = (event.data ? this.dataStreams.get(stream) : undefined) ?? stream;
    const trail = this.digests.get(receiving);
    return trail?.isLogging(event.time) && trail.isLogging(event.deliveredAt) ? receiving : undefined;
  }
}

/** A trail in one stream. */
interface StreamSettings {
  trail: TrailSettings;
  stream: Stream;
  keysAt: (time: number) => KeyPair;
  /** End of the first digest's hour. */
  end: number;
  stopped?: Period;
  delayed?: Pick<TrailChanges, 'delayed' | 'backfilledAt'>;
}

/** The digests of one trail in one stream: one per hour, with a new chain after the trail was stopped. */
export class TrailDigests {
  private readonly delays: Random;
  private chain: DigestChain;
  private end: number;
  private files: LogFile[] = [];
  /** Files that a backfilled digest will name. */
  private left: LogFile[] = [];
  private readonly backfilled: DigestChain | undefined;

  constructor(private readonly settings: StreamSettings) {
    const { stream, delayed, end } = settings;
    this.chain = new DigestChain(settings);
    if (delayed !== undefined) {
      this.backfilled = new DigestChain({ ...settings, backfilledAt: delayed.backfilledAt });
    }
    this.delays = stream.random.fork(`${stream.account.id}/${stream.region}/delays`);
    this.end = end;
  }

  /** Whether the trail is running at a given time. */
  isLogging(time: number): boolean {
    return !isIn(time, this.settings.stopped);
  }

  /** Adds a log file that is delivered at a given time to the next digest, or to a backfilled one. */
  add(time: number, file: LogFile): void {
    const isLate = isIn(time, this.settings.delayed?.delayed) && this.delays.chance(0.5);
    (isLate ? this.left : this.files).push(file);
  }

  /** Returns the digests whose hour has ended at a given time. */
  due(time: number): Digest[] {
    const digests: Digest[] = [];
    while (time >= this.end) {
      digests.push(this.chain.next(this.end, this.files));
      if (this.backfilled !== undefined && this.left.length > 0) {
        digests.push(this.backfilled.next(this.end, this.left));
      }
      this.files = [];
      this.left = [];
      this.advance();
    }
    return digests;
  }

  /** The hour in which the trail is stopped still gets its digest. The next one starts when the trail does. */
  private advance(): void {
    const { stopped } = this.settings;
    if (isIn(this.end, stopped)) {
      this.chain = new DigestChain(this.settings);
      // Not on the full hour, but before the first delivery.
      this.end = stopped.to - this.delays.int(SLOT_MS / 1000) * 1000;
    }
    this.end += HOUR_MS;
  }
}

function isIn(time: number, period: Period | undefined): period is Period {
  return period !== undefined && time >= period.from && time < period.to;
}
