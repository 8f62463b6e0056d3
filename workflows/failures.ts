/** Failure messages for users: the innermost message, without Temporal's wrappers. */
import { ActivityFailure, ChildWorkflowFailure } from '@temporalio/workflow';

/** Maximum characters. A payload may contain hundreds of reasons, and is limited to 2 MB. */
const REASON_LIMIT = 500;

/** Returns the innermost message of a failure, truncated to {@link REASON_LIMIT} characters. */
export function reasonOf(error: unknown): string {
  let at = error;
  while ((at instanceof ActivityFailure || at instanceof ChildWorkflowFailure) && at.cause !== undefined) at = at.cause;
  const reason = at instanceof Error ? at.message : String(at);
  return reason.length <= REASON_LIMIT ? reason : `${reason.slice(0, REASON_LIMIT - 1)}…`;
}
