/**
 * What the ledger records about a delivery day's objects: which are done, which were attempted, and which keys were
 * ingested before.
 */
import { recordFinished } from '../commit/announce.js';
import { announcedCommits, completeAnnounced, ledgerOf } from '../commit/commit.js';
import { Damaged } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { readTableFile } from '../iceberg/damage.js';
import { loadExistingTable } from '../iceberg/retry.js';
import { scanFiles } from '../iceberg/scan.js';
import type { DataFile } from '../iceberg/types.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import type { BatchFile } from '../ledger/entry.js';
import { FingerprintSet, fingerprint, fingerprintOfFile, fingerprintOfKey, WORDS } from '../ledger/fingerprints.js';
import type { LedgerFingerprints } from '../ledger/read.js';
import type { PlanDayInput } from '../protocol/activities.js';
import { toDayNumber } from '../protocol/days.js';
import type { KnownFiles } from '../protocol/messages.js';
import type { RunContext } from '../run/context.js';
import { mapConcurrent, readAhead } from '../storage/concurrency.js';
import type { ListedObject, ObjectStore } from '../storage/object-store.js';
import { ETAGS_AT_ONCE, withEtag } from '../storage/with-etag.js';

/** Number of ledger files that are read ahead. */
const FILES_AHEAD = 4;

/** How often the ledger of a day is read if other writers expire it meanwhile. */
const MOST_TRIES = 5;

/** The activity attempt that makes a plan. Its batch ids start with the execution's id; its plan id is unique. */
export interface Planner {
  execution: string;
  planId: string;
  /** Milliseconds since the epoch; default: the clock's. */
  now?: number;
}

/** What the ledger says about an object that is not done. */
type History = Pick<BatchFile, 'attempt' | 'replaces'>;

/** An object that is not done. */
export type NewObject = ListedObject & History;

/** The objects of one delivery day that the ledger knows, as fingerprints of 16 bytes. */
export class KnownObjects {
  /** Key and ETag of objects that need no more work. */
  private readonly done = new FingerprintSet();
  /** Key, size and modification time of objects that need no more work, if the bucket lists no ETags. */
  private readonly files = new FingerprintSet();
  private readonly keys = new FingerprintSet();
  /** The numbers of the members of `keys` that were ingested. */
  private readonly ingested: boolean[] = [];
  /** How many of them there are. */
  private ingestedKeys = 0;
  private readonly open = new FingerprintSet();
  /** Number of earlier attempts of each member of `open`. */
  private readonly tries: number[] = [];

  /** The objects that {@link newOf} has left out so far. */
  readonly met: KnownFiles = { ingested: 0, other: 0 };

  /** @param sequence the sequence number of the ledger that was read */
  constructor(readonly sequence: bigint) {}

  /** Adds the objects of a ledger file. */
  add({ done, files, open, keys, ingested }: LedgerFingerprints): void {
    for (let at = 0; at < done.length; at += WORDS) this.done.add(done, at);
    for (let at = 0; at < files.length; at += WORDS) this.files.add(files, at);
    for (let at = 0; at < open.length; at += WORDS) {
      this.open.add(open, at);
      const number = this.open.numberOf(open, at);
      this.tries[number] = (this.tries[number] ?? 0) + 1;
    }
    for (let at = 0; at < keys.length; at += WORDS) {
      this.keys.add(keys, at);
      if (ingested[at / WORDS] !== 1) continue;
      const number = this.keys.numberOf(keys, at);
      if (!this.ingested[number]) this.ingestedKeys++;
      this.ingested[number] = true;
    }
  }

  /**
   * Returns the objects of a listing page that are not done, in order. If the listing has no ETags, an object with a key that
   * the ledger does not have is new, and one with a known key, size and modification time is done. Others, which were touched,
   * copied or rewritten, or ingested by an earlier version, are read for their ETag.
   */
  async newOf(store: ObjectStore, page: readonly ListedObject[], signal?: AbortSignal): Promise<NewObject[]> {
    const found: (ReturnType<KnownObjects['stateOf']> | 'gone')[] = page.map((object) => this.stateOf(object));
    const unsure = [...page.keys()].filter((index) => found[index] === 'unsure');
    await mapConcurrent(unsure, ETAGS_AT_ONCE, async (index) => {
      const object = await withEtag(store, page[index], signal);
      found[index] = object === undefined ? 'gone' : this.stateOf(object);
    });
    for (const [index, state] of found.entries())
      if (state === 'done') this.met[this.wasIngested(page[index].key) ? 'ingested' : 'other']++;
    return found.filter((state): state is NewObject => typeof state === 'object');
  }

  private wasIngested(key: string): boolean {
    // In most days all are, which saves a hash per object.
    if (this.ingestedKeys === this.keys.size) return true;
    return this.ingested[this.keys.numberOf(fingerprintOfKey(key))] === true;
  }

  private stateOf(object: ListedObject): NewObject | 'done' | 'unsure' {
    const { key, size, lastModified, etag } = object;
    // The first run over a day.
    if (this.keys.size === 0) return object;
    if (etag === undefined) {
      if (this.files.has(fingerprintOfFile(key, size, lastModified))) return 'done';
      return this.keys.has(fingerprintOfKey(key)) ? 'unsure' : object;
    }
    const words = fingerprint(key, etag);
    if (this.done.has(words)) return 'done';
    const number = this.open.numberOf(words);
    if (number >= 0) return { ...object, attempt: this.tries[number] + 1 };
    return this.ingested[this.keys.numberOf(fingerprintOfKey(key))] ? { ...object, replaces: true } : object;
  }
}

/**
 * Reads the ledger of a day. If it is not the newest version any more, and its files are gone, it was expired by another writer:
 * then the newest one is read.
 */
export async function knownObjects(
  context: RunContext,
  pool: DecoderPool,
  input: Pick<PlanDayInput, 'day' | 'retryQuarantined'>,
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
  { day, retryQuarantined }: Pick<PlanDayInput, 'day' | 'retryQuarantined'>,
  { execution }: Pick<Planner, 'execution'>,
  ledger: LoadedTable,
  signal: AbortSignal,
): Promise<KnownObjects> {
  const { config } = context;
  const { metadata } = ledger;
  const known = new KnownObjects(metadata['last-sequence-number']);
  const dayNumber = toDayNumber(day);
  const dayRange = { from: dayNumber, to: dayNumber };
  const files = context.bucket.directory !== undefined;
  const read = ({ path, bytes }: DataFile): Promise<LedgerFingerprints> => {
    const wanted = config.tables.map(({ key }) => key);
    const again = retryQuarantined ? { retryQuarantined: { batchesOf: execution } } : {};
    const file = { path, bytes, kind: 'ledger file', of: ledger.identifier.name } as const;
    return readTableFile(
      ledger.store,
      file,
      (parquet) => pool.readLedger({ parquet, wanted, files, ...again }, signal),
      signal,
    );
  };
  for await (const found of readAhead(scanFiles(ledger, { dayRange, signal }), FILES_AHEAD, read)) known.add(found);
  return known;
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
