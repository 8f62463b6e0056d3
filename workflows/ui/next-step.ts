/** The "Next" line of the UI's details: what a workflow does next, or what the user should do. Pure. */
import type { AuditStatus } from '../../protocol/audit-messages.js';
import { nextDay, previousDay } from '../../protocol/days.js';
import type { BackfillStatus, DayPlan, Reprocess, SourceFilter } from '../../protocol/messages.js';
import type { VerifyRequest, VerifyStatus } from '../../protocol/verify-messages.js';
import { count, counted } from '../../text/numbers.js';
import { shellQuote } from '../../text/shell-quote.js';

/** What the details of a backfill need in addition to its status. */
export interface BackfillContext {
  id: string;
  filter: SourceFilter;
  reprocess?: Reprocess;
  /** True once the places of the bucket are listed. */
  discovered: boolean;
  /** The day to start next; `undefined` once all days are started. */
  day?: string;
  cancelled: boolean;
}

/** Maximum characters of a filter list in a suggested command. */
const FILTER_SHOWN = 200;

/** Returns the next step of a backfill, on one line. */
export function backfillStep(
  status: BackfillStatus,
  { id, filter, reprocess, discovered, day, cancelled }: BackfillContext,
): string {
  const { days, control } = status;
  const options = [rangeOptions(status, filter), ...reprocessOptions(reprocess)].join(' ');
  const start = `\`trailmill backfill start ${options}\``;
  if (cancelled) return `the backfill was cancelled; committed work stays. ${start} ingests the rest`;
  if (days.done + days.failed === days.total && days.total > 0) {
    if (days.failed === 0)
      return `nothing, the backfill is complete; \`trailmill audit ${rangeOptions(status, filter)}\` verifies it`;
    return `fix the problems listed below, then ${start}, which retries the failed days`;
  }
  if (control.paused) return `send the update \`resume\` to continue, or run \`trailmill backfill resume '${id}'\``;
  if (!discovered) return 'list the accounts, kinds and regions of the bucket';
  if (day !== undefined) return `${day}, as soon as one of the days above finishes`;
  if (days.running.length === 0 && days.waiting.length > 0) return 'check again whether the other run has finished';
  return 'finish the days above';
}

function reprocessOptions(reprocess: Reprocess | undefined): string[] {
  if (reprocess === undefined) return [];
  const { status, keys = [], olderThan } = reprocess;
  return [
    '--reprocess',
    ...(status === undefined ? [] : [`--status ${status}`]),
    ...(olderThan === undefined ? [] : [`--older-than ${olderThan}`]),
    ...keys.slice(0, 1).map((key) => `--key ${shellQuote(key)}${keys.length > 1 ? ' …' : ''}`),
  ];
}

/** Returns the next step of a day, on one line. */
export function dayStep(day: {
  plan?: Pick<DayPlan, 'batches' | 'resumed'>;
  nextGroup: number;
  groupBatches: number;
  failed: number;
  paused: boolean;
}): string {
  const { plan, nextGroup, groupBatches, failed, paused } = day;
  if (paused) return 'continue when the backfill, the parent of this workflow, is resumed';
  if (plan === undefined) return 'list the files of the day and compare them with the ledger';
  const first = nextGroup * groupBatches;
  if (first < plan.batches) {
    const last = Math.min(first + groupBatches, plan.batches);
    const which = last === first + 1 ? `batch ${count(last)}` : `batches ${count(first + 1)} to ${count(last)}`;
    return `${which} of ${count(plan.batches)}, then commit`;
  }
  if (plan.resumed) return 'list the day again for files delivered since the plan of an earlier run, which is complete';
  if (failed > 0)
    return 'fix the problems listed below, then start the backfill again, which retries the failed batches';
  return 'nothing, the day is complete';
}

/** Returns the next step of an audit, on one line. */
export function auditStep({ from, to, days, differences, unread }: AuditStatus): string {
  if (days.done < days.total) {
    let day = from;
    for (let i = 0; i < days.done; i++) day = nextDay(day);
    return day;
  }
  if (differences.count === 0 && unread !== undefined)
    return 'move the unread files to the folders of their delivery days, and start a backfill of those days';
  if (differences.count === 0) return 'nothing: bucket, ledger and tables agree';
  return `\`trailmill audit --from ${from} --to ${to}\` shows what to do about ${counted(differences.count, 'difference')}`;
}

/** Returns the next step of a verification, on one line. Days are verified from the newest to the oldest. */
export function verifyStep({ to, days, counts, failures }: VerifyStatus, request: VerifyRequest): string {
  if (days.done < days.total) {
    let day = to;
    for (let i = 0; i < days.done; i++) day = previousDay(day);
    return day;
  }
  const { trail, recheck } = request;
  const more = [
    ...(trail === undefined ? [] : ['--trail', trail]),
    ...(recheck === undefined ? [] : ['--recheck', recheck]),
  ];
  if (failures.count > 0)
    return `\`trailmill verify ${[rangeOptions(request, request.filter), ...more].join(' ')}\` lists ${counted(failures.count, 'failure')}; docs/errors.md says what to do about each code`;
  const unproven = counts.logFiles.unproven + counts.digests.unproven;
  return unproven === 0
    ? 'nothing: every log file is proven by its digest'
    : 'see below what is unproven, and why; nothing has failed';
}

/** The command-line options for the same range and filter. */
function rangeOptions({ from, to }: { from: string; to: string }, filter: SourceFilter): string {
  const words = (
    [
      ['--account', filter.accounts],
      ['--region', filter.regions],
      ['--kind', filter.kinds],
    ] as const
  ).flatMap(([option, list]) => {
    if (list === undefined || list.length === 0) return [];
    const text = list.join(',');
    return [option, text.length <= FILTER_SHOWN ? text : `${list[0]},…`];
  });
  return ['--from', from, '--to', to, ...words].join(' ');
}
