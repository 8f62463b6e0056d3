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
import { type ClusterSession, settingsFor, withSession, workflowUrl } from '../session/session.js';
import { EXIT, isServerGone, WorkFailed } from '../terminal/failure.js';
import { describeBackfill } from './read-backfill.js';
import { renderResume } from './render-list.js';
import { type BackfillState, stateOf } from './view.js';

/** A worker answers within a second. One that has just gone is remembered as if it were there. */
const ANSWER_MS = 15_000;

interface PauseOptions extends GlobalOptions {
  reason?: string;
}

/** Begins nothing new until the backfill is resumed; batches under way finish. */
export async function pauseBackfill(context: CommandContext<PauseOptions>): Promise<number> {
  const { reason } = context.options;
  const mistake = pauseError(reason);
  if (mistake !== undefined)
    throw new UserMistake(mistake, "Say it in a few words, for example --reason 'the disk is full'.");
  return control(context, (handle) => handle.executeUpdate(pauseUpdate, { args: [reason] }));
}

/** Goes on after a pause. */
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
    throw new UserMistake('There is nothing to change.', 'Give --days, --batches or both, for example --days 4.');
  }
  return control(context, (handle) => handle.executeUpdate(changeWindowUpdate, { args: [change] }));
}

type SendUpdate = (handle: WorkflowHandle) => Promise<ControlState>;

/** Sends the update to the backfill that the command names, and prints the state that it has then. */
async function control(context: CommandContext<GlobalOptions>, update: SendUpdate): Promise<number> {
  const { io, output, words } = context;
  const id = words[0];
  return withSession(settingsFor(context), async (session) => {
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
  return `${id}: paused${why}, ${windowText(state)} once it goes on. Batches under way finish.\n${renderResume(id)}`;
}

/** A backfill that has ended can be told nothing. */
export function assertRunning(id: string, state: BackfillState): void {
  if (state === 'running') return;
  throw new UserMistake(`${id} does not run any more (${state}).`, `See \`trailmill backfill status '${id}'\`.`);
}

/** Only a worker can take an update up: without one the call would wait for nothing. */
async function assertWorker(
  { cluster }: ClusterSession,
  { taskQueue }: WorkflowExecutionDescription,
  now: number,
): Promise<void> {
  if (await hasWorker({ ...cluster, taskQueue }, now)) return;
  throw new UserMistake(
    `No worker polls the task queue ${taskQueue}, so nobody can tell the backfill.`,
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
        `Nobody has answered for ${id} within ${ANSWER_MS / 1000} s: its worker has gone, or is busy starting.`,
        `See whether it was taken up (trailmill backfill status '${id}'); if not, start a worker (trailmill worker) and try again.`,
      );
    }
    throw error;
  }
}
