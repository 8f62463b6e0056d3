/** The digests of one account and region, read from the bucket: those of two days, and what they prove about log files. */
import { dayPrefix } from '../cloudtrail/object-key.js';
import { isPartialCopy } from '../cloudtrail/partial-copies.js';
import { ObjectNotFound, quarantineCodeOf, UserMistake } from '../errors/index.js';
import { Denials } from '../ingest/read-problems.js';
import { MAX_DIGEST_BYTES, type ReadDigestObject } from '../ingest/tasks/read-digest-object.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import { type JudgedDigest, judgeDigests, type Origin } from '../integrity/judge-digests.js';
import type { ExpectedContent } from '../ledger/entry.js';
import { addDays } from '../protocol/days.js';
import type { RunContext } from '../run/context.js';
import { mapConcurrent } from '../storage/concurrency.js';
import { type ListedObject, type ObjectStore, objectUri } from '../storage/object-store.js';
import { count } from '../text/numbers.js';
import type { DigestKeys } from './digest-keys.js';
import { NamedFiles } from './named-files.js';

/** Digests of a window that are read at the same time. Most have a few kB. */
const READ_AT_ONCE = 8;
/** Stored bytes from which on digests are read one after the other, so that a plan has only one in memory. */
const LARGE_BYTES = 1024 * 1024;

/**
 * Objects among the digests of a day: CloudTrail writes 24 for each trail, and an account has five trails in a region. If
 * there are many more, most are not digests, and reading them would take the plan's time and memory.
 */
const MOST_OBJECTS = 10_000;

/** A digest in the bucket that cannot be used, and why: for the end of a sentence. */
interface Unusable {
  key: string;
  why: string;
}

/** What the digests of a window prove about a file: its content; or the reason why that is not proven, in sentences. */
export type Proof = { expected: ExpectedContent } | { why: string };

/** What is needed to read windows. */
export interface WindowOptions {
  pool: DecoderPool;
  keys: DigestKeys;
  origin: Origin;
  /** Delivery day of the log files. */
  day: string;
  /** Milliseconds since the epoch: later days have no digests. */
  now: number;
  signal: AbortSignal;
}

/** Reads windows of digests. */
export class DigestReader {
  private readonly denials: Denials;
  /** The last large digest. */
  private large: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly context: RunContext,
    private readonly options: WindowOptions,
  ) {
    this.denials = new Denials(context.bucket.uri);
  }

  /**
   * Reads and judges the digests in a folder (everything before the date) of a day and the next one. Throws errors that are
   * worth a retry, and `StorageAccessDenied` if a permission is missing.
   */
  async read(folder: string, first: string): Promise<DigestWindow> {
    const { origin, keys, now, signal } = this.options;
    const days = [first, addDays(first, 1)].filter((day) => Date.parse(`${day}T00:00:00Z`) <= now);
    const found = (await Promise.all(days.map((day) => this.list(folder, day)))).flat();
    const unusable: Unusable[] = [];
    const read = await mapConcurrent(found, READ_AT_ONCE, (object) => this.readOne(object, unusable));
    this.denials.assertSomeReadable();
    const usable = read.filter((one) => one !== undefined);
    const digests = usable.map(({ digest }) => digest);
    const { byKey } = judgeDigests(digests, origin, await keys.of(digests, signal));
    const named = new NamedFiles();
    for (const { keys: ofFiles, hashes } of usable) named.add(ofFiles, hashes);
    const judged = digests.map(({ key }) => byKey.get(key) as JudgedDigest);
    return new DigestWindow({ folder, days }, named, judged, unusable);
  }

  private async list(folder: string, day: string): Promise<ListedObject[]> {
    const { bucket } = this.context;
    const found: ListedObject[] = [];
    // Entries that are not regular files are counted when the digests themselves are planned.
    const options = { signal: this.options.signal, onUnusable: () => {} };
    for await (const { objects } of bucket.list(dayPrefix({ prefix: folder }, day), options)) {
      found.push(...objects.filter(({ key }) => !key.endsWith('/') && !isPartialCopy(key)));
      if (found.length <= MOST_OBJECTS) continue;
      throw new UserMistake(
        `${objectUri(bucket, dayPrefix({ prefix: folder }, day))} has more than ${count(MOST_OBJECTS)} objects; CloudTrail writes 24 digests a day for each trail.`,
        'Find out what wrote the others, and remove them; integrity: required reads all digests of a day.',
      );
    }
    return found;
  }

  private async readOne(object: ListedObject, unusable: Unusable[]): Promise<ReadDigestObject | undefined> {
    const { key, size } = object;
    if (size > MAX_DIGEST_BYTES) {
      unusable.push({ key, why: `it is larger than ${MAX_DIGEST_BYTES} bytes` });
      return undefined;
    }
    const result = size > LARGE_BYTES ? await this.inTurn(() => this.fetch(object)) : await this.fetch(object);
    if (result === undefined || !('problem' in result)) return result;
    unusable.push({ key, why: result.problem });
    return undefined;
  }

  /** `undefined` if it is gone. */
  private async fetch({ key }: ListedObject): Promise<ReadDigestObject | { problem: string } | undefined> {
    const { bucket } = this.context;
    const { pool, origin, day, signal } = this.options;
    let object: Awaited<ReturnType<ObjectStore['get']>>;
    try {
      object = await bucket.get(key, { signal });
      this.denials.addReadable();
    } catch (error) {
      if (error instanceof ObjectNotFound) return undefined;
      const code = quarantineCodeOf(error);
      if (code === undefined) throw error;
      this.denials.add(error);
      return { problem: `${code}: ${(error as Error).message}` };
    }
    const { body, metadata } = object;
    return pool.readDigestObject({ key, uri: objectUri(bucket, key), body, metadata, origin, day }, signal);
  }

  private async inTurn<T>(call: () => Promise<T>): Promise<T> {
    const turn = this.large.then(call, call);
    this.large = turn.catch(() => {});
    return turn;
  }
}

/** Judged digests, and the log files that they list. */
export class DigestWindow {
  constructor(
    private readonly where: { folder: string; days: readonly string[] },
    private readonly named: NamedFiles,
    /** By the numbers of `named`. */
    private readonly judged: readonly JudgedDigest[],
    private readonly unusable: readonly Unusable[],
  ) {}

  /** The expected content of a log file. As in verification, each hash in a proven digest counts. */
  proofOf(key: string): Proof {
    const all = this.named.of(key);
    const proven = all.filter(({ digest }) => this.judged[digest].trusted);
    if (proven.length > 0) {
      const sha256 = [...new Set(proven.map((one) => one.sha256))];
      return { expected: { sha256, digest: this.judged[proven[0].digest].digest.key } };
    }
    if (all.length === 0) return { why: this.about() };
    const { digest, code, message } = this.judged[all[0].digest];
    return { why: `The digest ${digest.key} lists it, but is not valid: ${code}: ${message}` };
  }

  /** The possible reason why no digest lists a file. */
  private about(): string {
    const { folder, days } = this.where;
    const bad: Unusable[] = [
      ...this.unusable,
      ...this.judged.flatMap(({ digest: { key }, trusted, code, message }) =>
        trusted ? [] : [{ key, why: `${code}: ${message}` }],
      ),
    ];
    const [first] = bad;
    if (first !== undefined) {
      const count = bad.length === 1 ? 'A digest for its time is' : `${bad.length} digests for its time are`;
      return `${count} not valid: ${first.key}: ${first.why}`;
    }
    if (this.judged.length > 0) return 'The digests for its time are valid, but do not list it.';
    return `There are no digests in ${folder} for ${days.join(' and ')}.`;
  }
}
