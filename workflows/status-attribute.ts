/** Keeps what lists of workflows show of this one true: its search attributes. */
import type { SearchAttributePair } from '@temporalio/common';
import {
  CancellationScope,
  ContinueAsNew,
  isCancellation,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Visibility } from '../protocol/messages.js';
import { attributesOf, type WorkflowStatus } from '../protocol/search-attributes.js';

interface StatusInput {
  source: string;
  day?: string;
  visibility?: Visibility;
}

/** Runs a workflow that tells its status by `list` as long as it runs; how it ends is told here. */
export async function withStatusAttribute<T>(
  input: StatusInput,
  run: (setStatus: (status: WorkflowStatus) => void) => Promise<T>,
): Promise<T> {
  const setStatus = (status: WorkflowStatus): void => {
    if (input.visibility?.searchable !== true) return;
    // Whoever starts a workflow may have left them out, and a change is an event of the history: only what differs.
    const changed = attributesOf(input, status).filter((one) => !isSet(one));
    if (changed.length > 0) upsertSearchAttributes(changed);
  };
  try {
    const result = await run(setStatus);
    setStatus('completed');
    return result;
  } catch (error) {
    if (!(error instanceof ContinueAsNew)) setStatus(wasCancelled(error) ? 'cancelled' : 'failed');
    throw error;
  }
}

/** As the SDK decides what becomes of the workflow. */
function wasCancelled(error: unknown): boolean {
  return CancellationScope.current().consideredCancelled && isCancellation(error);
}

function isSet({ key, value }: SearchAttributePair): boolean {
  return workflowInfo().typedSearchAttributes.get(key) === value;
}
