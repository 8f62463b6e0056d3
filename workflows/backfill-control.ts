/** The updates of a backfill. Each takes effect in the workflow task that delivers it, and returns the new state. */
import { ApplicationFailure, CancellationScope, setHandler, upsertMemo } from '@temporalio/workflow';
import { type ControlState, paused, pauseError, resumed, windowError, withWindow } from '../protocol/control.js';
import { changeWindowUpdate, type PausedMemo, pauseUpdate, resumeUpdate } from '../protocol/messages.js';

/**
 * Registers the updates. They replace `state.control`, and call `changed` if it is different. Returns a function by which the
 * backfill pauses itself.
 */
export function handleControl(state: { control: ControlState }, changed: () => void): (reason: string) => void {
  const root = CancellationScope.current();
  const set = (next: ControlState): ControlState => {
    if (next === state.control) return next;
    const before = state.control;
    state.control = next;
    if (next.paused !== before.paused) upsertMemo({ ...pausedMemo(next) });
    changed();
    return next;
  };
  /** Throws, which rejects the update, if it is not valid or the backfill is being cancelled. */
  const check = (mistake: string | undefined): void => {
    const closing = root.consideredCancelled ? 'The backfill is being cancelled and can no longer be controlled.' : '';
    const refusal = mistake ?? closing;
    if (refusal !== '') throw ApplicationFailure.nonRetryable(refusal, 'ControlRefused');
  };
  setHandler(pauseUpdate, (reason) => set(paused(state.control, reason)), {
    validator: (reason) => check(pauseError(reason)),
    description: 'Starts no new work; running batches finish. Input: none, or the reason, such as "the disk is full".',
  });
  setHandler(resumeUpdate, () => set(resumed(state.control)), {
    validator: () => check(undefined),
    description: 'Continues after a pause. Input: none.',
  });
  setHandler(changeWindowUpdate, (change) => set(withWindow(state.control, change)), {
    validator: (change) => check(windowError(change)),
    description:
      'Changes how much work runs at once. Input: {"daysInFlight": 4, "batchesInFlight": 8}, or one of the two.',
  });
  return (reason) => void set(paused(state.control, reason));
}

function pausedMemo({ paused, pausedReason }: ControlState): { paused: PausedMemo['paused'] | null } {
  return { paused: paused ? { reason: pausedReason ?? null } : null };
}
