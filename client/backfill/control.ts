/** `trailmill backfill pause`, `resume` and `window`: the updates of a running backfill. */
import {
  type WorkflowExecutionDescription,
  type WorkflowHandle,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { UserMistake } from '../../errors/index.js';
import { type ControlState, pauseError, type WindowChange, windowText } from '../../protocol/control.js';
import { changeWindowUpdate, pauseUpdate, resumeUpdate } from '../../protocol/messages.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { hasWorker } from '../session/pollers.js';
import { type ClusterSession, withSession, workflowUrl } from '../session/session.js';
import { settingsFor } from '../session/settings.js';
import { EXIT, isServerGone, WorkFailed } from '../terminal/failure.js';
import { describeBackfill } from './read-backfill.js';
import { renderResume } from './render-list.js';
import { resolveId } from './resolve-id.js';
import { type BackfillState, stateOf } from './view.js';

/** A worker responds within a second. The server still lists a worker that has just stopped. */
const ANSWER_MS = 15_000;

interface PauseOptions extends GlobalOptions {
  reason?: string;
}

/** Pauses a backfill: nothing new is started until it is resumed; batches in progress finish. */
export async function pauseBackfill(context: CommandContext<PauseOptions>): Promise<number> {
  const { reason } = context.options;
  const mistake = pauseError(reason);
  if (mistake !== undefined)
    throw new UserMistake(mistake, "Use a short text, for example --reason 'the disk is full'.");
  return control(context, (handle) => handle.executeUpdate(pauseUpdate, { args: [reason] }));
}

/** Resumes a paused backfill. */
export function resumeBackfill(context: CommandContext): Promise<number> {
  return control(context, (handle) => handle.executeUpdate(resumeUpdate));
}

interface WindowOptions extends GlobalOptions {
  days?: number;
  batches?: number;
}

/** Changes how many days and batches are in flight. */
export async function changeWindow(context: CommandContext<WindowOptions>): Promise<number> {
  const { days, batches } = context.options;
  const change: WindowChange = {
    ...(days === undefined ? {} : { daysInFlight: days }),
    ...(batches === undefined ? {} : { batchesInFlight: batches }),
  };
  if (Object.keys(change).length === 0) {
    throw new UserMistake('There is nothing to change.', 'Use --days, --batches or both, for example --days 4.');
  }
  return control(context, (handle) => handle.executeUpdate(changeWindowUpdate, { args: [change] }));
}

type SendUpdate = (handle: WorkflowHandle) => Promise<ControlState>;

/** Sends an update to the backfill named on the command line, and prints its new state. */
async function control(context: CommandContext<GlobalOptions>, update: SendUpdate): Promise<number> {
  const { io, output, args } = context;
  const settings = settingsFor(context);
  return withSession(settings, async (session) => {
    const id = await resolveId(session, settings.name, args[0]);
    const description = await describeBackfill(session.client, id);
    assertRunning(id, stateOf(description.status.name));
    await assertWorker(session, description, io.now());
    const state = await send(session, id, update);
    output.value({ id, ...state, pausedReason: state.pausedReason ?? null, ui: workflowUrl(session.cluster, id) });
    output.say(renderControl(id, state));
    return EXIT.ok;
  });
}

/** The state of a backfill after an update. */
export function renderControl(id: string, state: ControlState): string {
  if (!state.paused) return `${id}: running, ${windowText(state)}.`;
  const why = state.pausedReason === undefined ? '' : ` (${state.pausedReason})`;
  return `${id}: paused${why}, ${windowText(state)} once it is resumed. Batches in progress finish.\n${renderResume(id)}`;
}

/** Throws a {@link UserMistake} for a backfill that has ended. */
export function assertRunning(id: string, state: BackfillState): void {
  if (state === 'running') return;
  throw new UserMistake(`${id} is no longer running (${state}).`, `See \`trailmill backfill status '${id}'\`.`);
}

/** Only a worker can process an update: without one the call would time out. */
async function assertWorker(
  { cluster }: ClusterSession,
  { taskQueue }: WorkflowExecutionDescription,
  now: number,
): Promise<void> {
  if (await hasWorker({ ...cluster, taskQueue }, now)) return;
  throw new UserMistake(
    `No worker polls the task queue ${taskQueue}, so the backfill cannot be reached.`,
    'Start one with `trailmill worker` (or `trailmill dev`), then try again.',
  );
}

async function send({ client }: ClusterSession, id: string, update: SendUpdate): Promise<ControlState> {
  const handle = client.workflow.getHandle(id);
  try {
    return await client.connection.withDeadline(Date.now() + ANSWER_MS, () => update(handle));
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) {
      throw new UserMistake(error.cause?.message ?? error.message, `See \`trailmill backfill status '${id}'\`.`);
    }
    if (error instanceof WorkflowNotFoundError) {
      assertRunning(id, stateOf((await describeBackfill(client, id)).status.name));
    }
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isServerGone(error)) {
      throw new WorkFailed(
        `${id} did not respond within ${ANSWER_MS / 1000} s: its worker has stopped, or is still starting.`,
        `Check whether the change was applied (trailmill backfill status '${id}'); if not, start a worker (trailmill worker) and try again.`,
      );
    }
    throw error;
  }
}
