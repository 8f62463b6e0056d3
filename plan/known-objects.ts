/**
 * What the ledger records about a delivery day's objects: which are done, which were attempted, and which keys were
 * ingested before.
 */
import { announcedCommits, completeAnnounced, ledgerOf } from '../commit/commit.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { readTableFile } from '../iceberg/damage.js';
import { loadExistingTable } from '../iceberg/retry.js';
import { scanFiles } from '../iceberg/scan.js';
import type { DataFile } from '../iceberg/types.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import type { BatchFile } from '../ledger/entry.js';
import { FingerprintSet, fingerprint, WORDS } from '../ledger/fingerprints.js';
import type { LedgerFingerprints } from '../ledger/read.js';
import type { PlanDayInput } from '../protocol/activities.js';
import { toDayNumber } from '../protocol/days.js';
import type { RunContext } from '../run/context.js';
import { readAhead } from '../storage/concurrency.js';

/** Number of ledger files that are read ahead. */
const FILES_AHEAD = 4;

/** The activity attempt that makes a plan. Its batch ids start with the execution's id; its plan id is unique. */
export interface Planner {
  execution: string;
  planId: string;
}

/** What the ledger says about an object that is not done. */
type History = Pick<BatchFile, 'attempt' | 'replaces'>;

/** The objects of one delivery day that the ledger knows, as fingerprints of 16 bytes. */
export class KnownObjects {
  /** Key and ETag of objects that need no more work. */
  readonly done = new FingerprintSet();
  /** Keys of ingested objects. */
  readonly keys = new FingerprintSet();
  private readonly open = new FingerprintSet();
  /** Number of earlier attempts of each member of `open`. */
  private readonly tries: number[] = [];

  /** @param sequence the sequence number of the ledger that was read */
  constructor(readonly sequence: bigint) {}

  addOpen(words: Uint32Array, at: number): void {
    this.open.add(words, at);
    const number = this.open.numberOf(words, at);
    this.tries[number] = (this.tries[number] ?? 0) + 1;
  }

  /** `undefined` for an object that is done. */
  historyOf(key: string, etag: string): History | undefined {
    const words = fingerprint(key, etag);
    if (this.done.has(words)) return undefined;
    const number = this.open.numberOf(words);
    if (number >= 0) return { attempt: this.tries[number] + 1 };
    return this.keys.has(fingerprint(key, '')) ? { replaces: true } : {};
  }
}

/** Reads the ledger of a day. All its rows are in the partition of the delivery day. */
export async function knownObjects(
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
  const read = ({ path, bytes }: DataFile): Promise<LedgerFingerprints> => {
    const wanted = config.tables.map(({ key }) => key);
    const again = retryQuarantined ? { retryQuarantined: { batchesOf: execution } } : {};
    const file = { path, bytes, kind: 'ledger file', of: ledger.identifier.name } as const;
    return readTableFile(
      ledger.store,
      file,
      (parquet) => pool.readLedger({ parquet, wanted, ...again }, signal),
      signal,
    );
  };
  for await (const { done, open, keys } of readAhead(scanFiles(ledger, { dayRange, signal }), FILES_AHEAD, read)) {
    for (let at = 0; at < done.length; at += WORDS) known.done.add(done, at);
    for (let at = 0; at < open.length; at += WORDS) known.addOpen(open, at);
    for (let at = 0; at < keys.length; at += WORDS) known.keys.add(keys, at);
  }
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
    if (announcedCommits(ledger, day).length === 0) return ledger;
    await completeAnnounced(context, pool, ledger, day, signal);
  }
}
