/**
 * Log files that were delivered late: AWS retries delivery for up to 30 days, and the digest that lists such a file is that of
 * the hour in which the file arrived.
 */
import type { Coverage } from '../integrity/coverage.js';
import type { Digest } from '../integrity/digest.js';
import { judgeDigests, type Origin } from '../integrity/judge-digests.js';
import { judgeFile, type LedgerFile, Mentions } from '../integrity/judge-files.js';
import type { KeyRing } from '../integrity/keys.js';
import type { Places } from '../integrity/places.js';
import type { Verdict } from '../integrity/verdict.js';
import { addDays, dayAt } from '../protocol/days.js';
import type { VerifiedTables, VerifyContext } from './context.js';
import { digestsOf } from './read-day.js';

/** Number of days for which AWS retries delivery. */
const RETRIED_DAYS = 30;

interface Unnamed {
  verdict: Verdict;
  file: LedgerFile;
}

interface LateEvidence {
  origin: Origin;
  keysOf: (digests: readonly Digest[]) => Promise<KeyRing>;
  /** Those of the files' own time. */
  coverage: Coverage;
}

/** Judges files that no digest of their own time lists, by the digests up to their arrival. */
export async function judgeLate(
  context: VerifyContext,
  tables: VerifiedTables,
  day: string,
  places: Places,
  unnamed: readonly Unnamed[],
  { origin, keysOf, coverage }: LateEvidence,
): Promise<Verdict[]> {
  const wanted = new Set(unnamed.map(({ file }) => `${origin.prefix}${file.key}`));
  const arrived = Math.max(...unnamed.map(({ file }) => file.lastModified ?? 0));
  const last = addDays(day, RETRIED_DAYS + 1);
  const until = arrived === 0 ? day : addDays(dayAt(arrived), 1);
  const naming: Digest[] = [];
  // The digests of the next day are already known.
  for (let at = addDays(day, 2); at <= until && at <= last; at = addDays(at, 1)) {
    const digests = await digestsOf(context, tables, at, places, day);
    naming.push(...digests.filter(({ files }) => files.some(({ key }) => wanted.has(key))));
  }
  if (naming.length === 0) return unnamed.map(({ verdict }) => verdict);
  const judged = judgeDigests(naming, origin, await keysOf(naming));
  const mentions = new Mentions();
  for (const by of judged.byKey.values()) {
    // Anyone can add a digest of a trail that does not exist; it proves nothing and must not excuse a file.
    if (!by.trusted && !coverage.proves(by.digest)) continue;
    for (const { bucket, key, hash } of by.digest.files)
      if (bucket === origin.bucket && wanted.has(key)) mentions.add(key.slice(origin.prefix.length), { by, hash });
  }
  return unnamed.map(({ verdict, file }) =>
    mentions.byKey.has(file.key) ? judgeFile(file, mentions, coverage) : verdict,
  );
}
