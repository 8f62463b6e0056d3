/**
 * What a verification needs. It reads the tables, lists the bucket if the ledger lacks a file that a digest lists, and adds
 * rows to one table.
 */
import { UserMistake } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import { addDays } from '../protocol/days.js';
import { identifierOf } from '../run/config.js';
import { noLedger, type RunContext } from '../run/context.js';
import { keptSinceOf } from '../run/retention.js';

/** An open run, with the threads that read and write Parquet files. */
export interface VerifyContext extends RunContext {
  pool: DecoderPool;
  signal: AbortSignal;
  /** Instead of {@link SLICE_ROWS}. */
  sliceRows?: SliceRows;
}

/** Rows of the tables that are in memory at the same time. */
export interface SliceRows {
  digests: number;
  /** Log files, and the digests of the same day. */
  files: number;
}

/** A verification takes about 200 MB, plus 10 kB for each of these rows and the data derived from it. */
export const SLICE_ROWS: SliceRows = { digests: 10_000, files: 20_000 };

/** The tables that a verification compares. */
export interface VerifiedTables {
  ledger: LoadedTable;
  digest: LoadedTable;
}

/** Maximum number of times to load the tables if a run commits in the meantime. */
const MOST_TRIES = 5;

/**
 * Loads the ledger and the digest table in the same state: each commit changes the ledger before and after the other
 * tables. Throws `UserMistake` if one of them does not exist.
 */
export async function loadVerifiedTables(
  context: Pick<VerifyContext, 'catalog' | 'config' | 'signal'>,
): Promise<VerifiedTables> {
  const { catalog, config, signal } = context;
  const load = (role: 'ledger' | 'digest'): Promise<LoadedTable | undefined> =>
    catalog.loadTable(identifierOf(config, role), signal);
  let ledger = await load('ledger');
  for (let tries = 1; ; tries++) {
    const before = ledger;
    const digest = await load('digest');
    ledger = await load('ledger');
    if (ledger === undefined) throw noLedger(context);
    if (digest === undefined) throw noDigests(context);
    if (ledger.metadataLocation === before?.metadataLocation || tries === MOST_TRIES) return { ledger, digest };
  }
}

function noDigests({ catalog, config }: Pick<VerifyContext, 'catalog' | 'config'>): UserMistake {
  return new UserMistake(
    `There is no table ${identifierOf(config, 'digest').name} in the ${catalog.description}: no digest has been ingested.`,
    'Add tables/digest.yml (`trailmill init` writes an example), then start a backfill of the days.',
  );
}

/**
 * Throws `UserMistake` if retention has removed digests of the days from `from` on. The chains of a day begin with the digests of
 * the day before, so the first day that has all of its own digests cannot be verified either.
 */
export function assertDigestsKept({ ledger, digest }: VerifiedTables, from: string): void {
  const since = keptSinceOf(ledger).get('digest');
  if (since === undefined || from > since) return;
  throw new UserMistake(
    `Retention has removed the digests of the days before ${since} from ${digest.identifier.name}, so ${from} can no longer be verified.`,
    `Verify from ${addDays(since, 1)} on. To keep digests for longer, set retention in tables/digest.yml.`,
  );
}
