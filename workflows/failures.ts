/** Failures as a person reads them: the innermost message, without Temporal's wrapping. */
import { ActivityFailure, ChildWorkflowFailure } from '@temporalio/workflow';

/** Characters. Hundreds of reasons travel in one payload, and a payload may have 2 MB. */
const REASON_LIMIT = 500;

/** The innermost message of a failure, at most {@link REASON_LIMIT} characters. */
export function reasonOf(error: unknown): string {
  let at = error;
  while ((at instanceof ActivityFailure || at instanceof ChildWorkflowFailure) && at.cause !== undefined) at = at.cause;
  const reason = at instanceof Error ? at.message : String(at);
  return reason.length <= REASON_LIMIT ? reason : `${reason.slice(0, REASON_LIMIT - 1)}…`;
}
