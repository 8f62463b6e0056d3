/** What the ledger knows of a delivery day's objects: which are done, which were tried, which keys were there before. */
import type { LoadedTable } from '../iceberg/catalog.js';
import { readTableFile } from '../iceberg/damage.js';
import { loadTable } from '../iceberg/retry.js';
import { scanFiles } from '../iceberg/scan.js';
import type { DataFile } from '../iceberg/types.js';
import type { DecoderPool } from '../ingest/decoder-pool.js';
import { FingerprintSet, fingerprint, WORDS } from '../ingest/fingerprints.js';
import type { LedgerAnswer } from '../ingest/read-ledger.js';
import type { BatchFile } from '../ingest/types.js';
import { readAhead } from '../storage/concurrency.js';
import { toDayNumber } from '../workflows/days.js';
import { completeHalfCommits, halfCommits, ledgerOf } from './commit.js';
import type { PlanDayInput, Planner } from './plan-day.js';
import type { RunContext } from './run-context.js';

/** Ledger files that are read ahead of the one that is being looked at. */
const FILES_AHEAD = 4;

/** What is known of an object that has to be ingested. */
type History = Pick<BatchFile, 'attempt' | 'replaces'>;

export class KnownObjects {
  /** Key and ETag of what needs no more work. */
  readonly done = new FingerprintSet();
  /** Keys of what was ingested. */
  readonly keys = new FingerprintSet();
  private readonly open = new FingerprintSet();
  /** Earlier tries of each member of `open`. */
  private readonly tries: number[] = [];

  /** @param sequence the ledger's sequence number of which all this is true */
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

/** Reads the ledger of a day. All its rows lie in the partition of the delivery day. */
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
  const read = ({ path, bytes }: DataFile): Promise<LedgerAnswer> => {
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

/** The ledger in a state in which no commit of the day is half done: what was announced is not forgotten. */
export async function settledLedger(
  context: RunContext,
  pool: DecoderPool,
  day: string,
  signal: AbortSignal,
): Promise<LoadedTable> {
  for (;;) {
    const ledger = await loadTable(context.catalog, ledgerOf(context));
    if (halfCommits(ledger, day).length === 0) return ledger;
    await completeHalfCommits(context, pool, ledger, day, signal);
  }
}
