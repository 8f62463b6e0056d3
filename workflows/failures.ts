/** Failures as a person reads them: the innermost message, without Temporal's wrapping. */
import { ActivityFailure, ChildWorkflowFailure } from '@temporalio/workflow';

export function reasonOf(error: unknown): string {
  let at = error;
  while ((at instanceof ActivityFailure || at instanceof ChildWorkflowFailure) && at.cause !== undefined) at = at.cause;
  return at instanceof Error ? at.message : String(at);
}
