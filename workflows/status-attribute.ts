/** Keeps a workflow's search attributes up to date. */
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

/**
 * Runs a workflow and sets its final status. `run` gets `setStatus`, which sets the search attribute TrailmillStatus while the
 * workflow runs; `statusOf` returns the status for its result. Does nothing if the search attributes are not registered.
 */
export async function withStatusAttribute<T>(
  input: StatusInput,
  run: (setStatus: (status: WorkflowStatus) => void) => Promise<T>,
  statusOf: (result: T) => WorkflowStatus = () => 'completed',
): Promise<T> {
  const setStatus = (status: WorkflowStatus): void => {
    if (input.visibility?.searchable !== true) return;
    // Each upsert adds an event to the history, so only upsert attributes that are missing or different.
    const changed = attributesOf(input, status).filter((one) => !isSet(one));
    if (changed.length > 0) upsertSearchAttributes(changed);
  };
  try {
    const result = await run(setStatus);
    setStatus(statusOf(result));
    return result;
  } catch (error) {
    if (!(error instanceof ContinueAsNew)) setStatus(wasCancelled(error) ? 'cancelled' : 'failed');
    throw error;
  }
}

/** The SDK uses the same condition to close a workflow as cancelled. */
function wasCancelled(error: unknown): boolean {
  return CancellationScope.current().consideredCancelled && isCancellation(error);
}

function isSet({ key, value }: SearchAttributePair): boolean {
  return workflowInfo().typedSearchAttributes.get(key) === value;
}
