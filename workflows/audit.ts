/** The workflow `audit`: reconciles a date range, one delivery day at a time. It changes nothing, so it can run at any time. */
import { continueAsNew, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import {
  type AuditInput,
  type AuditProgress,
  type AuditResult,
  type AuditStatus,
  addCounts,
  auditStatusQuery,
  joinTruncated,
  MAX_DIFFERENCES,
  NO_COUNTS,
} from '../protocol/audit-messages.js';
import { countDays, nextDay } from '../protocol/days.js';
import type { WorkflowStatus } from '../protocol/search-attributes.js';
import { activitiesOf } from './activity-options.js';
import { withStatusAttribute } from './status-attribute.js';
import { auditDetails } from './ui/audit-details.js';

/** Returns the counts and differences. Differences are a result, not a failure of the workflow. */
export function audit(input: AuditInput): Promise<AuditResult> {
  return withStatusAttribute(input, (setStatus) => reconcile(input, setStatus));
}

async function reconcile(input: AuditInput, setStatus: (status: WorkflowStatus) => void): Promise<AuditResult> {
  const { config, filter, from, to } = input;
  const state: AuditProgress = input.carried ?? {
    startedAt: Date.now(),
    nextDay: from,
    totals: NO_COUNTS,
    differences: { count: 0, first: [] },
  };
  const status = (): AuditStatus => {
    const { startedAt, totals, differences, unread } = state;
    const done = countDays(from, state.nextDay) - 1;
    return { from, to, startedAt, days: { total: countDays(from, to), done }, totals, differences, unread };
  };
  const show = (): void => setCurrentDetails(auditDetails(status()));
  setHandler(auditStatusQuery, status);
  show();
  setStatus('running');

  const { planning, auditing } = activitiesOf(input.retry);
  const id = workflowInfo().firstExecutionRunId;
  if (state.sources === undefined) {
    const { address, unread } = await planning.discover({ config, filter, range: { from, to } });
    Object.assign(state, { sources: address, unread });
  }
  const sources = state.sources as string;
  while (state.nextDay <= to) {
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof audit>({ ...input, carried: state });
    const day = state.nextDay;
    const dayInput = { config, audit: id, day, sources, filter };
    const found = await auditing.auditDay.executeWithOptions({ summary: `audit ${day}` }, [dayInput]);
    state.totals = addCounts(state.totals, found.totals);
    state.differences = joinTruncated(state.differences, found.differences, MAX_DIFFERENCES);
    state.nextDay = nextDay(day);
    show();
  }
  const report = await planning.auditReport({ config, audit: id, from, to, filter, sources });
  return { ...status(), report };
}
