/**
 * What the ledger records about a delivery day's objects: which are done, which were attempted, and which keys were
 * ingested before.
 */
import type { TableKey } from '../cloudtrail/table-config.js';
import { recordFinished } from '../commit/announce.js';
import { announcedCommits, completeAnnounced, ledgerOf } from '../commit/commit.js';
import { Deletes } from '../commit/table-deletes.js';
import { Damaged } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { readTableFile } from '../iceberg/damage.js';
import { loadExistingTable } from '../iceberg/retry.js';
import { NO_METRICS, type ScannedFile, scanDataFiles } from '../iceberg/scan.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import type { BatchFile } from '../ledger/entry.js';
import { FingerprintSet, fingerprint, fingerprintOfFile, fingerprintOfKey, WORDS } from '../ledger/fingerprints.js';
import { LEFT } from '../ledger/left-reasons.js';
import type { LedgerFingerprints } from '../ledger/read.js';
import type { PlanDayInput } from '../protocol/activities.js';
import { DAY_MS, toDayNumber } from '../protocol/days.js';
import type { KnownFiles } from '../protocol/messages.js';
import { isSelective, type Reprocess } from '../protocol/reprocess-messages.js';
import type { RunContext } from '../run/context.js';
import { keptSinceOf } from '../run/retention.js';
import { writerOf } from '../run/writer.js';
import { mapConcurrent, readAhead } from '../storage/concurrency.js';
import type { ListedObject, ObjectStore } from '../storage/object-store.js';
import { ETAGS_AT_ONCE, withEtag } from '../storage/with-etag.js';

/** Number of ledger files that are read ahead. */
const FILES_AHEAD = 4;

/** Maximum number of times to read the ledger of a day if other writers expire the version that is being read. */
const MOST_TRIES = 5;

/** The activity attempt that makes a plan. Its batch ids start with the execution's id; its plan id is unique. */
export interface Planner {
  execution: string;
  planId: string;
  /** Milliseconds since the epoch; default: the clock's. */
  now?: number;
}

/** What the ledger records about an object that is not done. */
type History = Pick<BatchFile, 'attempt' | 'replaces' | 'again'>;

/** An object that is not done. */
export type NewObject = ListedObject & History;

/** The objects of one delivery day that the ledger knows, as fingerprints of 16 bytes. */
export class KnownObjects {
  /** Key and ETag of objects that need no more work. */
  private readonly done = new FingerprintSet();
  /** Key, size and modification time of objects that need no more work, if the bucket lists no ETags. */
  private readonly files = new FingerprintSet();
  private readonly keys = new FingerprintSet();
  /** The number of objects of each member of `keys` that were ingested. */
  private readonly ingested: number[] = [];
  /** Number of keys with at least one ingested object. */
  private ingestedKeys = 0;
  private readonly open = new FingerprintSet();
  /**
   * For each member of `open`: how many attempts the ledger has, not all of which are numbered, and the number of the last
   * one.
   */
  private readonly tries: number[] = [];
  private readonly openAttempts: number[] = [];
  /** Key and ETag of ingested objects to read again, and the number of the last attempt. */
  private readonly again = new FingerprintSet();
  private readonly lastAttempts: number[] = [];
  /** Key and ETag of ingested objects that are not read again, and why; the same with size and modification time. */
  private readonly left = new FingerprintSet();
  private readonly leftWhy: number[] = [];
  private readonly leftFiles = new FingerprintSet();
  private readonly leftFilesWhy: number[] = [];

  /** The objects that {@link newOf} has left out so far. */
  readonly met: KnownFiles = { ingested: 0, other: 0 };

  /**
   * @param sequence the sequence number of the ledger that was read
   * @param reprocess what is to be read again, if anything
   */
  constructor(
    readonly sequence: bigint,
    private readonly reprocess?: Reprocess,
  ) {}

  /** Adds the objects of a ledger file. */
  add(of: LedgerFingerprints): void {
    addAll(this.done, of.done);
    addAll(this.files, of.files);
    addAll(this.open, of.open, (number, at) => {
      this.tries[number] = (this.tries[number] ?? 0) + 1;
      this.openAttempts[number] = Math.max(this.openAttempts[number] ?? 0, of.attempts[at]);
    });
    addAll(this.again, of.again, (number, at) => {
      this.lastAttempts[number] = Math.max(this.lastAttempts[number] ?? 0, of.againAttempts[at]);
    });
    addAll(this.left, of.left, (number, at) => {
      this.leftWhy[number] = of.leftWhy[at];
    });
    addAll(this.leftFiles, of.leftFiles, (number, at) => {
      this.leftFilesWhy[number] = of.leftFilesWhy[at];
    });
    addAll(this.keys, of.keys, (number, at) => {
      if (of.ingested[at] !== 1) return;
      if (this.ingested[number] === undefined) this.ingestedKeys++;
      this.ingested[number] = (this.ingested[number] ?? 0) + 1;
    });
  }

  /**
   * Returns the objects of a listing page that are not done, in order. If the listing has no ETags, an object with a key that
   * the ledger does not have is new, and one with a known key, size and modification time is done. Others, which were touched,
   * copied or rewritten, or ingested by an earlier version, are read for their ETag.
   * @param onLeft receives objects that would be read again, but are not
   */
  async newOf(
    store: ObjectStore,
    page: readonly ListedObject[],
    signal?: AbortSignal,
    onLeft?: (why: LeftReason, key: string) => void,
  ): Promise<NewObject[]> {
    const found: (ReturnType<KnownObjects['stateOf']> | 'gone')[] = page.map((object) => this.stateOf(object));
    const unsure = [...page.keys()].filter((index) => found[index] === 'unsure');
    await mapConcurrent(unsure, ETAGS_AT_ONCE, async (index) => {
      const object = await withEtag(store, page[index], signal);
      found[index] = object === undefined ? 'gone' : this.stateOf(object);
    });
    found.forEach((state, index) => {
      const { key } = page[index];
      if (state === 'done') this.met[this.wasIngested(key) ? 'ingested' : 'other']++;
      else if (typeof state === 'string' && state !== 'gone' && state !== 'unsure') onLeft?.(state, key);
    });
    return found.filter((state): state is NewObject => typeof state === 'object');
  }

  private wasIngested(key: string): boolean {
    // On most days, all keys were ingested, which saves a hash per object.
    return this.ingestedKeys === this.keys.size || this.ingestedOf(key) > 0;
  }

  private stateOf(object: ListedObject): NewObject | 'done' | 'unsure' | LeftReason {
    const { key, size, lastModified, etag } = object;
    // The first run over a day.
    if (this.keys.size === 0) return this.ifNew(object);
    if (etag === undefined) {
      const file = fingerprintOfFile(key, size, lastModified);
      if (this.files.has(file)) return 'done';
      const left = this.leftFiles.numberOf(file);
      if (left >= 0) return LEFT[this.leftFilesWhy[left]];
      return this.keys.has(fingerprintOfKey(key)) ? 'unsure' : this.ifNew(object);
    }
    const words = fingerprint(key, etag);
    const again = this.again.numberOf(words);
    if (again >= 0) {
      // Rows have the key and not the ETag of their object: those of several objects cannot be told apart.
      if (this.ingestedOf(key) > 1) return 'replaced';
      return { ...object, attempt: this.lastAttempts[again] + 1, again: true };
    }
    const left = this.left.numberOf(words);
    if (left >= 0) return LEFT[this.leftWhy[left]];
    if (this.done.has(words)) return 'done';
    const number = this.open.numberOf(words);
    if (number >= 0) return { ...object, attempt: Math.max(this.tries[number], this.openAttempts[number]) + 1 };
    return this.ingestedOf(key) > 0 ? this.ifNew({ ...object, replaces: true }) : this.ifNew(object);
  }

  /** Number of objects with this key that were ingested. */
  private ingestedOf(key: string): number {
    return this.ingested[this.keys.numberOf(fingerprintOfKey(key))] ?? 0;
  }

  /** A run that reads only some files again ingests no new ones, unless they are selected by key. */
  private ifNew(object: NewObject): NewObject | 'done' {
    const { reprocess } = this;
    if (reprocess === undefined || !isSelective(reprocess)) return object;
    const isNamed = reprocess.status === undefined && reprocess.olderThan === undefined;
    return isNamed && reprocess.keys?.includes(object.key) ? object : 'done';
  }
}

/** Why an object is not read again. */
export type LeftReason = (typeof LEFT)[number] | 'replaced';

function addAll(set: FingerprintSet, words: Uint32Array, each?: (number: number, index: number) => void): void {
  for (let at = 0; at < words.length; at += WORDS) {
    set.add(words, at);
    each?.(set.numberOf(words, at), at / WORDS);
  }
}

/**
 * Reads the ledger of a day. If another writer has expired the version that is being read, so that its files are gone, the
 * newest one is read instead.
 */
export async function knownObjects(
  context: RunContext,
  pool: DecoderPool,
  input: Pick<PlanDayInput, 'day' | 'retryQuarantined' | 'reprocess'>,
  planner: Pick<Planner, 'execution'>,
  ledger: LoadedTable,
  signal: AbortSignal,
): Promise<KnownObjects> {
  let newest = ledger;
  for (let tries = 1; ; tries++) {
    try {
      return await readObjects(context, pool, input, planner, newest, signal);
    } catch (error) {
      if (!(error instanceof Damaged) || tries === MOST_TRIES) throw error;
      const now = await settledLedger(context, pool, input.day, signal);
      if (now.metadataLocation === newest.metadataLocation) throw error;
      newest = now;
    }
  }
}

/** All rows of a delivery day are in its partition. */
async function readObjects(
  context: RunContext,
  pool: DecoderPool,
  { day, retryQuarantined, reprocess }: Pick<PlanDayInput, 'day' | 'retryQuarantined' | 'reprocess'>,
  { execution }: Pick<Planner, 'execution'>,
  ledger: LoadedTable,
  signal: AbortSignal,
): Promise<KnownObjects> {
  const { config } = context;
  const { metadata } = ledger;
  const known = new KnownObjects(metadata['last-sequence-number'], reprocess);
  const dayNumber = toDayNumber(day);
  const dayRange = { from: dayNumber, to: dayNumber };
  const files = context.bucket.directory !== undefined;
  const deletes = new Deletes({ pool, signal }, ledger);
  await deletes.enter(dayNumber);
  const read = async (scanned: ScannedFile): Promise<LedgerFingerprints> => {
    const { path, bytes } = scanned.file;
    const deleted = await deletes.of(scanned);
    const wanted = config.tables.map(({ key }) => key);
    const again = {
      ...(retryQuarantined ? { retryQuarantined: { batchesOf: execution } } : {}),
      ...(reprocess && {
        reprocess: { ...reprocess, writer: writerOf(context), batchesOf: execution, keptSince: keptMicros(ledger) },
      }),
    };
    const file = { path, bytes, kind: 'ledger file', of: ledger.identifier.name } as const;
    return readTableFile(
      ledger.store,
      file,
      (parquet) => pool.readLedger({ parquet, deleted, wanted, files, ...again }, signal),
      signal,
    );
  };
  const scanned = scanDataFiles(ledger, { dayRange, columns: NO_METRICS, signal });
  for await (const found of readAhead(scanned, FILES_AHEAD, read)) known.add(found);
  return known;
}

/** The times from which on the tables are complete, microseconds since the epoch. */
function keptMicros(ledger: LoadedTable): Partial<Record<TableKey, number>> {
  return Object.fromEntries([...keptSinceOf(ledger)].map(([role, day]) => [role, toDayNumber(day) * DAY_MS * 1000]));
}

/** Loads the ledger once all announced commits of the day are complete. */
export async function settledLedger(
  context: RunContext,
  pool: DecoderPool,
  day: string,
  signal: AbortSignal,
): Promise<LoadedTable> {
  for (;;) {
    const ledger = await loadExistingTable(context.catalog, ledgerOf(context), { signal });
    if (await recordFinished(context, ledger, signal)) continue;
    if (announcedCommits(ledger, day).length === 0) return ledger;
    await completeAnnounced(context, pool, ledger, day, signal);
  }
}
