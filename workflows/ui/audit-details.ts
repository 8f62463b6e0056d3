/** Current details of an audit for the Temporal UI, as Markdown. Pure. */
import type { AuditStatus, Difference } from '../../protocol/audit-messages.js';
import { count, counted } from '../../text/numbers.js';
import { escapeMarkdown, progressBar, SPARE_LINE, unreadMarkdown } from './details.js';
import { auditStep } from './next-step.js';

/** Details are limited to 20 KB. */
const DIFFERENCES_SHOWN = 20;

/** Returns the current details of an audit, as Markdown. */
export function auditDetails(status: AuditStatus): string {
  const { from, to, days, totals, differences, unread } = status;
  const { listed, ingested, quarantined, skipped, records, rows, rejects, rejectRows } = totals;
  const verdict = days.done < days.total ? 'so far' : 'in total';
  const lines = [
    `**Audit ${from} to ${to}**`,
    '',
    `Days: ${progressBar(days.done, days.total)}`,
    '',
    differences.count === 0
      ? `No differences ${verdict}`
      : `**${counted(differences.count, 'difference')} ${verdict}**`,
    '',
    `**Next:** ${auditStep(status)}`,
    '',
    '| | bucket | ledger | tables |',
    '|---|--:|--:|--:|',
    `| objects | ${count(listed)} | ${count(ingested + quarantined + skipped)} | |`,
    `| records | | ${count(records)} | ${count(rows)} |`,
    `| rejects | | ${count(rejects)} | ${count(rejectRows)} |`,
  ];
  const shown = differences.first.slice(0, DIFFERENCES_SHOWN);
  const more = differences.count - shown.length;
  if (shown.length > 0) lines.push('', ...shown.map((one) => `- ${escapeMarkdown(lineOf(one))}`));
  if (more > 0) lines.push(`- … and ${count(more)} more`);
  lines.push(...unreadMarkdown(unread));
  return [...lines, '', SPARE_LINE].join('\n');
}

function lineOf({ what, day, subject, ledger, found }: Difference): string {
  return `${day} ${what}: ${subject} (ledger: ${ledger ?? 'nothing'}, found: ${found ?? 'nothing'})`;
}
