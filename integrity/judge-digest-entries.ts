/** Judges digests by their ledger entries: the digest table and the ledger must agree. */
import type { IntegrityCode } from '../errors/index.js';
import { parseDigestName } from './digest.js';
import type { AbsentDigest, JudgedDigest } from './judge-digests.js';
import { type LedgerFile, unseenBytes } from './judge-files.js';
import { statusOf, type Verdict } from './verdict.js';

/**
 * Returns the verdict of a digest of the digest table.
 * @param entries the ledger entries of its key
 * @param committing a commit of its day is announced, but not complete
 */
export function digestVerdict(
  { digest, trail, code, message }: JudgedDigest,
  entries: readonly LedgerFile[],
  committing: boolean,
): Verdict {
  const { key, account, region, end: at, fingerprint, sha256 } = digest;
  const verdict: Verdict = { kind: 'digest', key, account, region, at, fingerprint, sha256, trail };
  const entry = entries.find((one) => one.sha256 === sha256) ?? entries[0];
  if (entry !== undefined) verdict.etag = entry.etag;
  const problem = code === undefined || message === undefined ? undefined : { code, message };
  if (problem !== undefined && statusOf(problem) === 'failed') return { ...verdict, ...problem };
  if (entry === undefined && committing)
    return { ...verdict, code: 'digest_not_ingested', message: 'The commit that adds it is not complete yet.' };
  if (entry === undefined)
    return { ...verdict, code: 'ledger_differs', message: 'The digest table has it, but the ledger has no entry.' };
  if (entry.sha256 !== sha256) {
    const found = `Its SHA-256 is ${sha256} in the digest table, but ${entry.sha256} in the ledger.`;
    return { ...verdict, code: 'ledger_differs', message: found };
  }
  return { ...verdict, ...(unseenBytes(entry) ?? problem) };
}

/** Judges a digest that is in the ledger, but not in the digest table. */
export function withoutRow(file: LedgerFile, named: AbsentDigest | undefined): Verdict {
  const { key, etag, account, region, at, sha256, status, problem } = file;
  const base = { kind: 'digest', key, etag, account, region, at, sha256, trail: parseDigestName(key)?.trail } as const;
  if (named !== undefined && sha256 !== undefined && sha256 !== named.hash)
    return { ...base, code: 'replaced', message: `Its SHA-256 is ${sha256}, but ${named.by.key} says ${named.hash}.` };
  if (status === 'ingested')
    return { ...base, code: 'ledger_differs', message: 'The ledger has it, but the digest table has no row for it.' };
  const code: IntegrityCode =
    status === 'quarantined' && isContentProblem(problem) ? 'unreadable' : 'digest_not_ingested';
  return { ...base, code, message: `The ledger says ${status}: ${problem}.` };
}

/** Whether a digest is quarantined for its content. CloudTrail's own digests can be read. */
function isContentProblem(problem = ''): boolean {
  return /^(?:empty_file|corrupt_|other_format|invalid_json|not_a_)/.test(problem);
}
