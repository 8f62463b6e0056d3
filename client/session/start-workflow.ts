/** Starts a workflow that a command has asked for, or attaches to the running one. */
import { WorkflowExecutionAlreadyStartedError, type WorkflowHandle } from '@temporalio/client';
import type { Priority } from '@temporalio/common';
import { UserMistake } from '../../errors/index.js';
import type { Visibility } from '../../protocol/messages.js';
import { attributesOf } from '../../protocol/search-attributes.js';
import { type RunConfig, writeRunConfig } from '../../run/config.js';
import { withoutOptions } from '../../storage/address.js';
import { openStore } from '../../storage/open.js';
import type { ClusterSession } from './session.js';

/** What to start. */
export interface StartedWork<Input> {
  /** The type name of the workflow. */
  type: string;
  workflowId: string;
  /** Absent if the work has no range of days. */
  range?: { from: string; to: string };
  /** The rest of the input: it depends on the address of the run's configuration and on the cluster. */
  inputOf(config: string, visibility: Visibility): Input & { source: string };
  summary: string;
  /** The static details for the UI. `location` and `warehouse` are addresses as users write them. */
  detailsOf(location: string, warehouse: string): string;
  /** Additional properties of the memo. */
  memo: Record<string, unknown>;
  /** Absent: the default of the server. */
  priority?: Priority;
}

type Handle<Input, Result> = WorkflowHandle<(input: Input) => Promise<Result>>;

/**
 * Starts the workflow. If it is running already, attaches to it, or throws `UserMistake` if that one works on another bucket or
 * warehouse.
 */
export async function startWorkflow<Input, Result>(
  { client, cluster }: ClusterSession,
  config: RunConfig,
  warehouse: string,
  visibility: Visibility,
  work: StartedWork<Input>,
): Promise<{ handle: Handle<Input, Result>; attached: boolean }> {
  const { location, keyPrefix } = config;
  const { type, workflowId, range, summary, memo, priority } = work;
  const ref = await writeRunConfig(openStore(warehouse), config, warehouse);
  const input = work.inputOf(ref, visibility);
  try {
    const handle = await client.workflow.start<(input: Input) => Promise<Result>>(type, {
      workflowId,
      taskQueue: cluster.taskQueue,
      args: [input] as never,
      staticSummary: summary,
      staticDetails: work.detailsOf(withoutOptions(location), withoutOptions(warehouse)),
      memo: { ...range, location, keyPrefix, warehouse, ...memo, version: visibility.version },
      priority,
      ...(visibility.searchable ? { typedSearchAttributes: attributesOf(input) } : {}),
    });
    return { handle, attached: false };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const handle: Handle<Input, Result> = client.workflow.getHandle(workflowId);
    const running = (await handle.describe()).memo;
    for (const [name, value] of Object.entries({ location, keyPrefix, warehouse })) {
      if (running?.[name] === value) continue;
      throw new UserMistake(
        `${workflowId} is already running with a different ${name}: "${String(running?.[name])}" instead of "${value}".`,
        'Wait until it ends.',
      );
    }
    return { handle, attached: true };
  }
}
