/** Keeps the search attributes of a workflow up to date. */
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
 * Runs a workflow with `setStatus`, which sets its search attribute TrailmillStatus while it runs; its final status is set here.
 * Does nothing where the search attributes are not registered.
 */
export async function withStatusAttribute<T>(
  input: StatusInput,
  run: (setStatus: (status: WorkflowStatus) => void) => Promise<T>,
): Promise<T> {
  const setStatus = (status: WorkflowStatus): void => {
    if (input.visibility?.searchable !== true) return;
    // Each upsert is an event of the history, and attributes may be missing from the start: only what differs.
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
