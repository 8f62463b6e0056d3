/** Verifies one delivery day: reads the tables, judges, and stores the verdicts. */
import { announcedCommits } from '../commit/commit.js';
import type { Digest } from '../integrity/digest.js';
import { type DayEvidence, judgeDay, judgeUnknown } from '../integrity/judge-day.js';
import type { Origin } from '../integrity/judge-digests.js';
import type { KeyRing } from '../integrity/keys.js';
import type { Places } from '../integrity/places.js';
import type { Verdict } from '../integrity/verdict.js';
import { addDays } from '../protocol/days.js';
import type { SourceFilter } from '../protocol/messages.js';
import { loadKeys } from '../run/key-store.js';
import { loadVerifiedTables, type VerifiedTables, type VerifyContext } from './context.js';
import { findUnknown } from './find-unknown.js';
import { judgeLate } from './late-digests.js';
import { digestsOf, ledgerFilesOf, slicesOf } from './read-day.js';
import { recheck } from './recheck.js';
import { joinReports, reportOf, type VerifyReport } from './report.js';
import { VerdictWriter } from './store-verdicts.js';

/** The delivery day to verify. */
export interface DayToVerify {
  day: string;
  filter: SourceFilter;
  trail?: string;
  /** Percentage of the valid objects to read again. */
  recheck?: number;
  origin: Origin;
  /** Start of the verification, milliseconds since the epoch: the same for all its days and attempts. */
  startedAt: number;
  /** Workflow that verifies. */
  run: string;
  /** Identifies the verification and the day: see {@link VerdictWriter.open}. */
  commitId: string;
}

/** Key of the report of a day, so that an attempt after the commit can return it. */
export interface KeptReport {
  read(): Promise<VerifyReport>;
  write(report: VerifyReport): Promise<void>;
}

/** Verifies a day, adds its verdicts to the integrity table, and returns its report. Throws the errors of the stores. */
export async function verifyDay(context: VerifyContext, wanted: DayToVerify, kept: KeptReport): Promise<VerifyReport> {
  const { day, startedAt: verifiedAt, run, commitId } = wanted;
  const tables = await loadVerifiedTables(context);
  const origin = { bucketUri: context.bucket.uri, verifiedAt, run };
  const writer = await VerdictWriter.open(context, commitId, day, origin);
  if (writer.isDone) return kept.read();
  const reports: VerifyReport[] = [];
  for (const places of await slicesOf(
    context,
    tables,
    { from: addDays(day, -1), to: addDays(day, 1), files: day },
    wanted.filter,
  )) {
    const verdicts = (await verdictsOf(context, tables, wanted, places)).filter(selection(wanted));
    reports.push(reportOf(verdicts));
    await writer.add(verdicts);
  }
  const report = joinReports(reports);
  await kept.write(report);
  await writer.commit();
  return report;
}

async function verdictsOf(
  context: VerifyContext,
  tables: VerifiedTables,
  { day, origin, startedAt: now, recheck: percent }: DayToVerify,
  places: Places,
): Promise<Verdict[]> {
  const keysOf = (of: readonly Digest[]): Promise<KeyRing> => keysFor(context, of);
  const digests = [
    // Digests of the day before are only links of chains: they are older than the day's log files.
    ...(await digestsOf(context, tables, addDays(day, -1), places)),
    ...(await digestsOf(context, tables, day, places, day)),
    ...(await digestsOf(context, tables, addDays(day, 1), places, day)),
  ];
  const ledger = await ledgerFilesOf(context, tables, day, places);
  const committing = announcedCommits(tables.ledger, day).length > 0;
  const evidence: DayEvidence = { day, digests, ledger, origin, keys: await keysOf(digests), now, committing };
  const { verdicts, unknown, unnamed, coverage } = judgeDay(evidence);
  const where = await findUnknown(context, day, unknown, committing);
  for (const object of unknown) verdicts.push(judgeUnknown(object, where.get(object.key) ?? 'nowhere', now));
  if (unnamed.length > 0)
    verdicts.push(...(await judgeLate(context, tables, day, places, unnamed, { origin, keysOf, coverage })));
  if (percent === undefined) return verdicts;
  const whole = await digestsOf(context, tables, day, places, true);
  const known = {
    digests: new Map(whole.map((digest) => [digest.key, digest])),
    sizes: new Map(ledger.map(({ key, size }) => [key, size])),
  };
  return recheck(context, verdicts, known, { percent, startedAt: now });
}

function keysFor({ warehouse, signal }: VerifyContext, digests: readonly Digest[]): Promise<KeyRing> {
  return loadKeys(warehouse, [...new Set(digests.map(({ fingerprint }) => fingerprint))], signal);
}

/** A trail selects its digests and the log files that they list. */
function selection({ trail }: DayToVerify): (verdict: Verdict) => boolean {
  return trail === undefined ? () => true : (verdict) => verdict.trail === trail;
}
