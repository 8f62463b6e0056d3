/** The updates of a backfill. Each takes effect in the workflow task that brings it, and answers with the state after it. */
import { ApplicationFailure, CancellationScope, setHandler, upsertMemo } from '@temporalio/workflow';
import { type ControlState, paused, pauseError, resumed, windowError, withWindow } from '../protocol/control.js';
import { changeWindowUpdate, type PausedMemo, pauseUpdate, resumeUpdate } from '../protocol/messages.js';

/** Registers the updates: they change `state.control`, and call `changed` when it has become another. */
export function handleControl(state: { control: ControlState }, changed: () => void): void {
  const root = CancellationScope.current();
  const set = (next: ControlState): ControlState => {
    if (next === state.control) return next;
    const before = state.control;
    state.control = next;
    if (next.paused !== before.paused) upsertMemo({ ...pausedMemo(next) });
    changed();
    return next;
  };
  /** Throws, which refuses the update, when there is something wrong with it. */
  const check = (mistake: string | undefined): void => {
    const closing = root.consideredCancelled
      ? 'The backfill is being cancelled: there is nothing to control any more.'
      : '';
    const refusal = mistake ?? closing;
    if (refusal !== '') throw ApplicationFailure.nonRetryable(refusal, 'ControlRefused');
  };
  setHandler(pauseUpdate, (reason) => set(paused(state.control, reason)), {
    validator: (reason) => check(pauseError(reason)),
    description: 'Begin nothing new. Input: nothing, or why, as a text: "the disk is full". Batches under way finish.',
  });
  setHandler(resumeUpdate, () => set(resumed(state.control)), {
    validator: () => check(undefined),
    description: 'Go on after a pause. Input: nothing.',
  });
  setHandler(changeWindowUpdate, (change) => set(withWindow(state.control, change)), {
    validator: (change) => check(windowError(change)),
    description: 'How much is worked on at once. Input: {"daysInFlight": 4, "batchesInFlight": 8}, or one of the two.',
  });
}

function pausedMemo({ paused, pausedReason }: ControlState): { paused: PausedMemo['paused'] | null } {
  return { paused: paused ? { reason: pausedReason ?? null } : null };
}
