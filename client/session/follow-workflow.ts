/** A workflow that a command starts or attaches to, follows to its end, and whose result it returns. */
import { WorkflowExecutionAlreadyStartedError, type WorkflowHandle } from '@temporalio/client';
import type { Settings } from '../../config/settings.js';
import { UserMistake } from '../../errors/index.js';
import type { Visibility } from '../../protocol/messages.js';
import { attributesOf } from '../../protocol/search-attributes.js';
import { type RunConfig, writeRunConfig } from '../../run/config.js';
import { withoutOptions } from '../../storage/address.js';
import { openStore } from '../../storage/open.js';
import { noteUnregistered, visibilityOf } from '../setup/search-attributes.js';
import { WorkFailed } from '../terminal/failure.js';
import { pause, withInterrupt } from '../terminal/io.js';
import type { CommandContext, GlobalOptions } from './context.js';
import { hasWorker } from './pollers.js';
import { type ClusterSession, QUERY_TIMEOUT_MS, withSession, workflowUrl } from './session.js';

const INTERVAL_MS = 1_000;

/** What to start, and how to follow it. */
export interface FollowedWork<Input, Status> {
  /** The type name of the workflow. */
  type: string;
  /** For messages: "The audit continues without this terminal". */
  name: string;
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
    const { handle, attached } = await start<Input, Result>(session, config, warehouse, visibility, work);
    const ui = workflowUrl(cluster, handle.workflowId);
    const what = attached
      ? `${handle.workflowId} is already running: attached to it.`
      : `Started ${handle.workflowId}.`;
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

type Handle<Input, Result> = WorkflowHandle<(input: Input) => Promise<Result>>;

async function start<Input, Result>(
  { client, cluster }: ClusterSession,
  config: RunConfig,
  warehouse: string,
  visibility: Visibility,
  work: FollowedWork<Input, unknown>,
): Promise<{ handle: Handle<Input, Result>; attached: boolean }> {
  const { location, keyPrefix } = config;
  const { type, workflowId, range, summary, memo } = work;
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
