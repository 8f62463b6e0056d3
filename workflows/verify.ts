/** The workflow `verify`: verifies digests and log files of a date range, one delivery day at a time, the newest first. */
import { continueAsNew, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import { countDays, previousDay } from '../protocol/days.js';
import type { WorkflowStatus } from '../protocol/search-attributes.js';
import {
  addVerified,
  integrityStatus,
  NO_VERDICTS,
  type VerifyInput,
  type VerifyProgress,
  type VerifyResult,
  type VerifyStatus,
  verifyStatusQuery,
} from '../protocol/verify-messages.js';
import { activitiesOf } from './activity-options.js';
import { withStatusAttribute } from './status-attribute.js';
import { verifyDetails } from './ui/verify-details.js';

/** Returns the counts and failures. Failures of objects are a result, not a failure of the workflow. */
export function verify(input: VerifyInput): Promise<VerifyResult> {
  return withStatusAttribute(input, (setStatus) => verifyRange(input, setStatus), integrityStatus);
}

async function verifyRange(input: VerifyInput, setStatus: (status: WorkflowStatus) => void): Promise<VerifyResult> {
  const { config, filter, from, to, trail, recheck } = input;
  const state: VerifyProgress = input.carried ?? {
    startedAt: Date.now(),
    nextDay: to,
    counts: NO_VERDICTS,
    failures: { count: 0, first: [] },
  };
  const status = (): VerifyStatus => {
    const { startedAt, counts, failures, plan } = state;
    const done = countDays(state.nextDay, to) - 1;
    return { from, to, startedAt, days: { total: countDays(from, to), done }, counts, failures, plan };
  };
  const show = (): void => setCurrentDetails(verifyDetails(status(), input));
  setHandler(verifyStatusQuery, status);
  show();
  setStatus('running');

  const { planning, auditing } = activitiesOf(input.retry);
  const { workflowId: run, firstExecutionRunId: verification } = workflowInfo();
  state.plan ??= await auditing.prepareVerify({ config, from, to, filter });
  const { origin } = state.plan;
  const { startedAt } = state;
  while (state.nextDay >= from) {
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof verify>({ ...input, carried: state });
    const day = state.nextDay;
    const dayInput = { config, verification, day, filter, trail, recheck, origin, startedAt, run };
    const found = await auditing.verifyDay.executeWithOptions({ summary: `verify ${day}` }, [dayInput]);
    Object.assign(state, addVerified(state, found));
    state.nextDay = previousDay(day);
    show();
  }
  const report = await planning.verifyReport({ config, verification, from, to });
  return { ...status(), report };
}
