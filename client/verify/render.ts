/** Renders the result of a verification: counts, every failure by name, what is unproven, and what to do about each code. */
import { INTEGRITY_CODES, type IntegrityCode } from '../../errors/index.js';
import type {
  CodeCount,
  IntegrityFailure,
  StatusCounts,
  VerifyPlan,
  VerifyRequest,
} from '../../protocol/verify-messages.js';
import { count, counted } from '../../text/numbers.js';
import { allPrintable } from '../../text/printable.js';
import type { VerifyReport } from '../../verify/report.js';
import { renderTable, rightAligned, type TextColumn } from '../terminal/table.js';

/** A verification's report with what it is about. */
export type WholeReport = VerifyReport & VerifyRequest & { location: string; plan?: VerifyPlan };

const COLUMNS: readonly TextColumn[] = [{ name: '' }, ...['valid', 'failed', 'unproven'].map(rightAligned)];

/** The result as text for the terminal. */
export function renderVerify(given: WholeReport): string {
  const report = allPrintable(given);
  const { from, to, location, counts, failures, plan } = report;
  return [
    `Verification of ${from} to ${to}, ${location}`,
    '',
    renderTable(COLUMNS, [row('log files', counts.logFiles), row('digests', counts.digests)], 2),
    ...(counts.readAgain === 0 ? [] : ['', `${counted(counts.readAgain, 'object')} read again from the bucket.`]),
    ...originLines(plan),
    ...failureLines(failures),
    ...unprovenLines(counts.codes, plan),
    '',
    `verify: ${verdict(report)}`,
  ].join('\n');
}

function row(name: string, { valid, failed, unproven }: StatusCounts): string[] {
  return [name, count(valid), count(failed), count(unproven)];
}

function verdict({ counts, failures }: VerifyReport): string {
  const { logFiles, digests } = counts;
  const unproven = counts.codes.filter(({ status }) => status === 'unproven').reduce((sum, one) => sum + one.count, 0);
  const parts = [
    ...(failures.count === 0 ? [] : [counted(failures.count, 'failure')]),
    ...(unproven === 0 ? [] : [`${count(unproven)} unproven`]),
  ];
  if (parts.length > 0) return failures.count === 0 ? `no failures, ${parts.join(', ')}` : parts.join(', ');
  if (logFiles.valid + digests.valid === 0)
    return 'nothing to verify: neither the ledger nor the digest table has entries for these days and filters';
  return 'every log file is proven by its digest';
}

function originLines(plan: VerifyPlan | undefined): string[] {
  if (plan?.said !== undefined) {
    const { bucket, prefix } = plan.origin;
    return [
      '',
      `Most digests say that they were delivered to s3://${plan.said}, not to s3://${bucket}/${prefix}.`,
      `If the location is a copy of that bucket, set integrity.bucket: ${plan.said}`,
    ];
  }
  if (plan === undefined || !plan.assumed || plan.origin.bucket === '') return [];
  const place = `${plan.origin.bucket}/${plan.origin.prefix}`.replace(/\/$/, '');
  return [
    '',
    `The location is a copy. Most digests say that they were delivered to s3://${place}; to require this,`,
    `set integrity.bucket: ${place}`,
  ];
}

function failureLines({ count: all, first }: { count: number; first: readonly IntegrityFailure[] }): string[] {
  const byCode = new Map<string, IntegrityFailure[]>();
  for (const failure of first) byCode.set(failure.code, [...(byCode.get(failure.code) ?? []), failure]);
  const lines = [...byCode].flatMap(([code, failures]) => {
    const { means, cure } = INTEGRITY_CODES[code as IntegrityCode];
    return [
      '',
      `FAILED ${code}: ${means}`,
      ...failures.flatMap(({ key, message }) => [`  ${key}`, `    ${message}`]),
      `  What to do: ${cure}`,
    ];
  });
  const more = all - first.length;
  return more > 0 ? [...lines, '', `… and ${counted(more, 'more failure')}: see the integrity table`] : lines;
}

function unprovenLines(codes: readonly CodeCount[], plan: VerifyPlan | undefined): string[] {
  const lines = codes
    .filter(({ status }) => status === 'unproven')
    .flatMap(({ code, count: some, example }) => {
      const { means, cure } = INTEGRITY_CODES[code as IntegrityCode];
      return [`  ${code}: ${count(some)}, for example ${example}`, `    ${means}`, `    What to do: ${cure}`];
    });
  const keys = (plan?.keys.unknown ?? []).map(
    ({ fingerprint, region, why }) => `  public key ${fingerprint} of ${region}: ${why}`,
  );
  return lines.length + keys.length === 0 ? [] : ['', 'Unproven:', ...lines, ...keys];
}
