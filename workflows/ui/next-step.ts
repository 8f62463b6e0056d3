/** What happens next with a workflow, or what a person should do: one line of the UI's details. Pure. */
import type { AuditStatus } from '../../protocol/audit-messages.js';
import { nextDay } from '../../protocol/days.js';
import type { BackfillStatus, DayPlan, SourceFilter } from '../../protocol/messages.js';
import { count, counted } from '../../text/numbers.js';

/** Of a backfill, beside its status. */
export interface BackfillContext {
  id: string;
  filter: SourceFilter;
  /** Is the bucket looked at already? */
  discovered: boolean;
  /** The day that begins next; `undefined` when all have begun. */
  day?: string;
  cancelled: boolean;
}

/** The longest list of a filter that is written into a command. */
const FILTER_SHOWN = 200;

/** What happens next with a backfill, or what a person should do: one line. */
export function backfillStep(
  status: BackfillStatus,
  { id, filter, discovered, day, cancelled }: BackfillContext,
): string {
  const { days, control } = status;
  const start = `\`trailmill backfill start ${rangeWords(status, filter)}\``;
  if (cancelled) return `it was cancelled; what is committed stays. ${start} takes up the rest`;
  if (days.done + days.failed === days.total && days.total > 0) {
    if (days.failed === 0)
      return `nothing, it is finished; \`trailmill audit ${rangeWords(status, filter)}\` proves it`;
    return `cure what is said below, then ${start}: it takes up what has failed`;
  }
  if (control.paused) return `send the update \`resume\` to go on, or: \`trailmill backfill resume '${id}'\``;
  if (!discovered) return 'the accounts, kinds and regions of the bucket are listed';
  if (day !== undefined) return `${day}, as soon as one of the days above ends`;
  if (days.running.length === 0 && days.waiting.length > 0) return 'it looks again whether the other run has ended';
  return 'the days above end, then the backfill';
}

/** `paused` days have a backfill to resume. */
export function dayStep(day: {
  plan?: Pick<DayPlan, 'batches' | 'resumed'>;
  nextGroup: number;
  groupBatches: number;
  failed: number;
  paused: boolean;
}): string {
  const { plan, nextGroup, groupBatches, failed, paused } = day;
  if (paused) return 'it goes on when its backfill, the parent of this workflow, is resumed';
  if (plan === undefined) return 'the files of the day are listed, and compared with the ledger';
  const first = nextGroup * groupBatches;
  if (first < plan.batches) {
    const last = Math.min(first + groupBatches, plan.batches);
    const which = last === first + 1 ? `batch ${count(last)}` : `batches ${count(first + 1)} to ${count(last)}`;
    return `${which} of ${count(plan.batches)}, then their commit`;
  }
  if (plan.resumed) return 'the plan of an earlier run is done; the day is listed for what has come since';
  if (failed > 0) return 'cure what is said below, then start its backfill again: it takes up the failed batches';
  return 'nothing, the day is finished';
}

/** The same of an audit. */
export function auditStep({ from, to, days, differences, unread }: AuditStatus): string {
  if (days.done < days.total) {
    let day = from;
    for (let i = 0; i < days.done; i++) day = nextDay(day);
    return day;
  }
  if (differences.count === 0 && unread !== undefined)
    return 'move the files that are not read into the folders of their days, and start a backfill of those';
  if (differences.count === 0) return 'nothing: bucket, ledger and tables say the same';
  return `\`trailmill audit --from ${from} --to ${to}\` says what to do about ${counted(differences.count, 'difference')}`;
}

/** The options of a command for the same range and filter. */
function rangeWords({ from, to }: { from: string; to: string }, filter: SourceFilter): string {
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
