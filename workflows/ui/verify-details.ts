/** Current details of a verification for the Temporal UI, as Markdown. Pure. */
import type { StatusCounts, VerifyRequest, VerifyStatus } from '../../protocol/verify-messages.js';
import { count, counted } from '../../text/numbers.js';
import { escapeMarkdown, progressBar, SPARE_LINE } from './details.js';
import { verifyStep } from './next-step.js';

/** Details are limited to 20 KB. */
const FAILURES_SHOWN = 20;

/** Returns the current details of a verification, as Markdown. */
export function verifyDetails(status: VerifyStatus, request: VerifyRequest): string {
  const { from, to, days, counts, failures, plan } = status;
  const verdict = days.done < days.total ? 'so far' : 'in total';
  const row = (name: string, { valid, failed, unproven }: StatusCounts): string =>
    `| ${name} | ${count(valid)} | ${count(failed)} | ${count(unproven)} |`;
  const lines = [
    `**Verify ${from} to ${to}**`,
    '',
    `Days: ${progressBar(days.done, days.total)}`,
    '',
    failures.count === 0 ? `No failures ${verdict}` : `**${counted(failures.count, 'failure')} ${verdict}**`,
    '',
    `**Next:** ${verifyStep(status, request)}`,
    '',
    '| | valid | failed | unproven |',
    '|---|--:|--:|--:|',
    row('log files', counts.logFiles),
    row('digests', counts.digests),
  ];
  const shown = failures.first.slice(0, FAILURES_SHOWN);
  const more = failures.count - shown.length;
  if (shown.length > 0) {
    lines.push('', '**Failures**', '');
    for (const { subject, code, key, message } of shown)
      lines.push(`- ${escapeMarkdown(`${code}: ${subject} ${key}. ${message}`)}`);
  }
  if (more > 0) lines.push(`- … and ${count(more)} more`);
  const unproven = counts.codes.filter((one) => one.status === 'unproven');
  if (unproven.length > 0) lines.push('', '**Unproven**', '');
  for (const { code, count: some, example } of unproven)
    lines.push(`- ${escapeMarkdown(`${code}: ${count(some)}, for example ${example}`)}`);
  for (const { fingerprint, region, why } of plan?.keys.unknown ?? [])
    lines.push(`- ${escapeMarkdown(`public key ${fingerprint} of ${region}: ${why}`)}`);
  return [...lines, '', SPARE_LINE].join('\n');
}
