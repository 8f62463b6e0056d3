/** What a person reads in the Temporal UI, as markdown. Pure. */
import type { BackfillStatus, DayProgress, Totals } from './messages.js';

const NUMBER = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** `3 of 12 █████░░░░░ 25 %` */
export function bar(done: number, total: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const full = Math.round(share * 20);
  return `${NUMBER(done)} of ${NUMBER(total)} ${'█'.repeat(full)}${'░'.repeat(20 - full)} ${Math.floor(share * 100)} %`;
}

function totalsTable(totals: Totals): string {
  return [
    '| files | events | bytes | rejected records | dropped records | quarantined files | skipped files |',
    '|---|---|---|---|---|---|---|',
    `| ${[totals.files, totals.events, totals.bytes, totals.rejects, totals.dropped ?? 0, totals.quarantined, totals.skipped].map(NUMBER).join(' | ')} |`,
  ].join('\n');
}

export function backfillDetails(status: BackfillStatus): string {
  const { days, failures } = status;
  const lines = [
    `**Backfill ${status.from} to ${status.to}**`,
    '',
    `Days: ${bar(days.done + days.failed, days.total)}`,
  ];
  if (days.running.length > 0) lines.push('', `Running: ${days.running.join(', ')}`);
  lines.push('', totalsTable(status.totals));
  if (failures.length > 0)
    lines.push('', '**Failed days**', '', ...failures.slice(-20).map(({ day, error }) => `- ${day}: ${error}`));
  return lines.join('\n');
}

export function dayDetails(progress: DayProgress, failures: readonly string[]): string {
  const lines = [
    `**Delivery day ${progress.day}**`,
    '',
    `Files: ${bar(progress.totals.files, progress.planned.files)}`,
    '',
    totalsTable(progress.totals),
  ];
  if (failures.length > 0)
    lines.push('', '**Failed batches**', '', ...failures.slice(-20).map((failure) => `- ${failure}`));
  return lines.join('\n');
}
