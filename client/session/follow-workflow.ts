/** A workflow that a command starts or attaches to, follows to its end, and whose result it returns. */
import type { WorkflowHandle } from '@temporalio/client';
import type { Settings } from '../../config/settings.js';
import type { RunConfig } from '../../run/config.js';
import { noteUnregistered, visibilityOf } from '../setup/search-attributes.js';
import { WorkFailed } from '../terminal/failure.js';
import { pause, withInterrupt } from '../terminal/io.js';
import type { CommandContext, GlobalOptions } from './context.js';
import { hasWorker } from './pollers.js';
import { type ClusterSession, QUERY_TIMEOUT_MS, withSession, workflowUrl } from './session.js';
import { type SourceWork, startWork, workOf } from './start-workflow.js';

const INTERVAL_MS = 1_000;

/** What to start, and how to follow it. */
export interface FollowedWork<Input, Status> extends SourceWork<Input> {
  /** For messages: "The audit continues without this terminal". */
  name: string;
  /** True to leave out the notes about where the workflow is. */
  quiet?: boolean;
  /** Name of the status query. */
  query: string;
  /** Called with each status until it ends. */
  onStatus(status: Status): void;
  onEnd(): void;
}

/** Follows the workflow, and returns its result; `undefined` after Ctrl-C, which leaves it running. */
export function followWork<Input, Status, Result>(
  { io, output }: CommandContext<GlobalOptions>,
  settings: Settings,
  config: RunConfig,
  warehouse: string,
  work: FollowedWork<Input, Status>,
): Promise<Result | undefined> {
  return withSession(settings, async (session) => {
    const { cluster } = session;
    const visibility = await visibilityOf(cluster);
    noteUnregistered(output, cluster.namespace, visibility);
    const whole = workOf<Input>(work, config, warehouse, visibility);
    const { handle, running } = await startWork<Input, Result>(session, visibility, whole);
    const ui = workflowUrl(cluster, handle.workflowId);
    const what = running ? `${handle.workflowId} is already running: attached to it.` : `Started ${handle.workflowId}.`;
    if (work.quiet !== true) output.note(ui === null ? what : `${what}\n  UI  ${ui}`);
    if (!(await hasWorker(cluster, io.now())))
      output.note(`No worker polls the task queue ${cluster.taskQueue}, so nothing happens yet.`);
    return withInterrupt(io, async (signal) => {
      const ending = handle.result();
      // It is awaited below; until then, a rejection must not end the process.
      const ended = ending.then(
        () => true,
        () => true,
      );
      try {
        while (!signal.aborted) {
          if (await Promise.race([ended, pause(INTERVAL_MS, signal).then(() => false)])) break;
          const status = await statusOf<Status>(session, handle, work.query);
          if (status !== undefined) work.onStatus(status);
        }
      } finally {
        work.onEnd();
      }
      if (signal.aborted) {
        output.note(`\nThe ${work.name} continues without this terminal: ${handle.workflowId}`);
        return undefined;
      }
      return (await ending.catch((error: unknown) => {
        throw new WorkFailed(`The ${work.name} did not complete: ${rootMessage(error)}`);
      })) as Result;
    });
  });
}

/** The status from the workflow's query; `undefined` if no worker responds. */
async function statusOf<Status>(
  { client }: ClusterSession,
  handle: Pick<WorkflowHandle, 'query'>,
  query: string,
): Promise<Status | undefined> {
  try {
    return await client.connection.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () => handle.query<Status>(query));
  } catch {
    return undefined;
  }
}

function rootMessage(error: unknown): string {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  return at instanceof Error ? at.message : String(at);
}
