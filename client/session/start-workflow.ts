/** Starts a workflow that a command has asked for, or attaches to the running one. The only place that starts workflows. */
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from '@temporalio/client';
import type { Priority } from '@temporalio/common';
import { UserMistake } from '../../errors/index.js';
import type { Visibility } from '../../protocol/messages.js';
import { attributesOf } from '../../protocol/search-attributes.js';
import { type RunConfig, runConfigRef, writeRunConfig } from '../../run/config.js';
import { withoutOptions } from '../../storage/address.js';
import { openStore } from '../../storage/open.js';
import type { ClusterSession } from './session.js';

/** A workflow to start, or to attach to if it is running. */
export interface Work<Input> {
  /** The type name of the workflow. */
  type: string;
  workflowId: string;
  input: Input & { source: string };
  /** Shown next to the id in the UI; the server accepts up to 200 bytes. */
  summary: string;
  /** The static details for the UI. */
  details: string;
  /** For people, and for the command that finds the workflow running. */
  memo: Record<string, unknown>;
  /** Absent: the default of the server. */
  priority?: Priority;
  /** Throws `UserMistake` if the running workflow with this memo does not do this work. */
  assertFits(memo: Record<string, unknown>): void;
  /** Writes what workers read. It is not called if the start is refused. */
  write(): Promise<void>;
}

type Handle<Input, Result> = WorkflowHandle<(input: Input) => Promise<Result>>;

/** What was started, or attached to. */
export interface StartedWork<Input, Result> {
  handle: Handle<Input, Result>;
  runId: string;
  /** The description of the workflow that was already running; `undefined` if a new one was started. */
  running?: WorkflowExecutionDescription;
}

/** Starts the workflow. If it is running already, attaches to it, or throws `UserMistake` if that one does other work. */
export async function startWork<Input, Result>(
  { client, cluster }: ClusterSession,
  visibility: Visibility,
  work: Work<Input>,
): Promise<StartedWork<Input, Result>> {
  const { type, workflowId, input, summary, details, memo, priority } = work;
  const attach = (running: WorkflowExecutionDescription): StartedWork<Input, Result> => {
    work.assertFits(running.memo ?? {});
    return { handle: client.workflow.getHandle(workflowId), runId: running.runId, running };
  };
  // Before anything is written: a refused start leaves nothing in the warehouse.
  const present = await presentWorkflow(client, workflowId);
  if (present?.status.name === 'RUNNING') return attach(present);
  await work.write();
  try {
    const handle = await client.workflow.start<(input: Input) => Promise<Result>>(type, {
      workflowId,
      taskQueue: cluster.taskQueue,
      args: [input] as never,
      staticSummary: summary,
      staticDetails: details,
      memo: { ...memo, version: visibility.version },
      priority,
      ...(visibility.searchable ? { typedSearchAttributes: attributesOf(input) } : {}),
    });
    return { handle, runId: handle.firstExecutionRunId };
  } catch (error) {
    // Started by someone else since. The default conflict policy fails for a running workflow; USE_EXISTING would not tell it
    // apart from a new one.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return attach(await client.workflow.getHandle(workflowId).describe());
  }
}

/** The description of the last run of a workflow; `undefined` if there is none. */
export async function presentWorkflow(client: Client, id: string): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await client.workflow.getHandle(id).describe();
  } catch (error) {
    if (error instanceof Error && error.name === 'WorkflowNotFoundError') return undefined;
    throw error;
  }
}

/** Throws `UserMistake` if the running workflow reads another bucket or writes other tables: its result would be wrong. */
export function assertSameWork(
  id: string,
  memo: Record<string, unknown>,
  wanted: Readonly<Record<string, string>>,
  cure: string,
): void {
  for (const [name, value] of Object.entries(wanted)) {
    const running = memo[name];
    if (running === undefined || running === value) continue;
    const difference =
      name === 'configuration' ? 'log_source.yml has changed since' : `"${String(running)}" instead of "${value}"`;
    throw new UserMistake(`${id} is already running with a different ${name}: ${difference}.`, cure);
  }
}

/** Work over the tables of a source, of which only the frozen configuration is not known yet. */
export interface SourceWork<Input> extends Pick<Work<Input>, 'type' | 'workflowId' | 'summary' | 'priority'> {
  /** Absent if the work has no range of days. */
  range?: { from: string; to: string };
  /** The rest of the input: it depends on the address of the run's configuration and on the cluster. */
  inputOf(config: string, visibility: Visibility): Input & { source: string };
  /** The static details for the UI. `location` and `warehouse` are addresses as users write them. */
  detailsOf(location: string, warehouse: string): string;
  /** Additional properties of the memo. */
  memo: Record<string, unknown>;
}

/** Completes the work: with a configuration that is written to the warehouse when it starts. */
export function workOf<Input>(
  { type, workflowId, range, inputOf, summary, detailsOf, memo, priority }: SourceWork<Input>,
  config: RunConfig,
  warehouse: string,
  visibility: Visibility,
): Work<Input> {
  const { location, keyPrefix } = config;
  const places = { location, keyPrefix, warehouse };
  return {
    type,
    workflowId,
    input: inputOf(runConfigRef(config, warehouse), visibility),
    summary,
    details: detailsOf(withoutOptions(location), withoutOptions(warehouse)),
    memo: { ...range, ...places, ...memo },
    priority,
    assertFits: (running) => assertSameWork(workflowId, running, places, 'Wait until it ends.'),
    write: async () => void (await writeRunConfig(openStore(warehouse), config, warehouse)),
  };
}
