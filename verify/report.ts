/** Counts verdicts, and keeps the failures by name. */
import { INTEGRITY_CODES } from '../errors/index.js';
import { statusOf, type Verdict } from '../integrity/verdict.js';
import type { Truncated } from '../protocol/audit-messages.js';
import { addVerified, type IntegrityCounts, type IntegrityFailure, NO_VERDICTS } from '../protocol/verify-messages.js';

/**
 * Maximum number of failures that a report keeps by name, over all days. Further ones are only counted; the integrity
 * table has all of them.
 */
const KEPT_FAILURES = 10_000;

/** The report of a day, or of all days. */
export interface VerifyReport {
  counts: IntegrityCounts;
  failures: Truncated<IntegrityFailure>;
}

/** A report without verdicts. */
const EMPTY_REPORT: VerifyReport = { counts: NO_VERDICTS, failures: { count: 0, first: [] } };

/** Returns the report of some verdicts. */
export function reportOf(verdicts: readonly Verdict[]): VerifyReport {
  const counts: IntegrityCounts = structuredClone(NO_VERDICTS);
  // structuredClone preserves that both are the same object in NO_VERDICTS.
  counts.digests = { ...counts.digests };
  counts.logFiles = { ...counts.logFiles };
  const codes = new Map<string, IntegrityCounts['codes'][number]>();
  const failures: Truncated<IntegrityFailure> = { count: 0, first: [] };
  for (const verdict of verdicts) {
    const { kind, key, code, message = '' } = verdict;
    if (verdict.checked === 'bucket') counts.readAgain++;
    if (kind === 'chain') counts.chains++;
    else counts[kind === 'digest' ? 'digests' : 'logFiles'][statusOf(verdict)]++;
    if (code === undefined) continue;
    const { status } = INTEGRITY_CODES[code];
    const known = codes.get(code);
    const example = known === undefined || key < known.example ? key : known.example;
    codes.set(code, { code, status, count: 1 + (known?.count ?? 0), example });
    if (status !== 'failed') continue;
    failures.count++;
    if (failures.first.length < KEPT_FAILURES) failures.first.push({ subject: kind, key, code, message });
  }
  counts.codes = [...codes.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
  return { counts, failures };
}

/** Merges reports. */
export function joinReports(reports: readonly VerifyReport[]): VerifyReport {
  return reports.reduce((all, one) => addVerified(all, one, KEPT_FAILURES), EMPTY_REPORT);
}
