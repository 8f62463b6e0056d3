/** With `integrity: required`: what digests prove about the log files of a plan, and which files are held back. */
import { UserMistake } from '../errors/index.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import { digestFolderOf } from '../integrity/digest.js';
import { originOf } from '../integrity/origin.js';
import type { BatchFile } from '../ledger/entry.js';
import { addDays, dayAt } from '../protocol/days.js';
import type { RunContext } from '../run/context.js';
import { DigestKeys } from './digest-keys.js';
import { DigestReader, type DigestWindow, type Proof } from './digest-window.js';
import { heldUntil, holdHours, mustBeProven } from './hold.js';
import type { IgnoredCount } from './source-filter.js';

/** Windows of digests that are kept for the next page of the same account and region. */
const WINDOWS_KEPT = 8;
/** AWS retries delivery for this many days. */
const RETRIED_DAYS = 30;

/** What a plan proves files with. */
export interface ProverOptions {
  pool: DecoderPool;
  /** Delivery day. */
  day: string;
  /** Milliseconds since the epoch. */
  now: number;
  /** Receives the files that are held back. */
  ignored: IgnoredCount;
  signal: AbortSignal;
}

/** Proves the files of a delivery day. */
export class Prover {
  private readonly reader: DigestReader;
  private readonly windows = new Map<string, Promise<DigestWindow>>();

  /**
   * Throws `UserMistake` if it is not known where the files were delivered: otherwise a digest of another bucket could prove
   * them.
   */
  constructor(
    private readonly context: RunContext,
    private readonly options: ProverOptions,
  ) {
    const { config, bucket } = context;
    const { origin, assumed } = originOf(config, bucket.uri, new Map());
    if (assumed) {
      throw new UserMistake(
        `integrity: required needs to know which bucket ${bucket.uri} is a copy of.`,
        'Set integrity.bucket to the bucket that CloudTrail delivers to.',
      );
    }
    const { pool, day, now, signal } = options;
    this.reader = new DigestReader(context, { pool, keys: new DigestKeys(context, now), origin, day, now, signal });
  }

  /**
   * Returns the files of a page that are to be planned: with their expected content, or, when they have waited long enough, with
   * the reason why it is not proven. All files are of the same account, region and kind.
   */
  async prove(page: readonly BatchFile[]): Promise<BatchFile[]> {
    const { config } = this.context;
    const { day, now, ignored } = this.options;
    const proven: BatchFile[] = [];
    for (const file of page) {
      if (!mustBeProven(config, file.kind)) {
        proven.push(file);
        continue;
      }
      const proof = await this.proofOf(file);
      if ('expected' in proof) proven.push({ ...file, ...proof });
      else if (now <= heldUntil(this.context, file, day)) ignored.add('awaiting_digest', file.key);
      else proven.push({ ...file, unproven: this.unproven(proof.why) });
    }
    return proven;
  }

  private async proofOf({ key, lastModified = 0 }: BatchFile): Promise<Proof> {
    const { day } = this.options;
    const folder = digestFolderOf(key);
    if (folder === undefined) return { why: 'CloudTrail delivers no files there.' };
    const proof = (await this.window(folder, day)).proofOf(key);
    const arrived = dayAt(lastModified);
    if ('expected' in proof || arrived <= addDays(day, 1) || arrived > addDays(day, RETRIED_DAYS + 1)) return proof;
    // A file that was delivered late is listed by the digest of the hour in which it arrived.
    const late = (await this.window(folder, arrived)).proofOf(key);
    return 'expected' in late ? late : proof;
  }

  private unproven(why: string): string {
    return `No valid digest listed it within ${holdHours(this.context.config)} hours of its delivery (integrity.hold_hours). ${why}`;
  }

  private window(folder: string, first: string): Promise<DigestWindow> {
    const id = `${first} ${folder}`;
    const window = this.windows.get(id) ?? this.reader.read(folder, first);
    // The map is ordered by last use.
    this.windows.delete(id);
    this.windows.set(id, window);
    for (const [oldest] of this.windows) {
      if (this.windows.size <= WINDOWS_KEPT) break;
      this.windows.delete(oldest);
    }
    return window;
  }
}
