/**
 * The position of a thread in a transform, in shared memory, because a thread in an endless loop cannot answer messages. The
 * thread writes it, and the watchdog reads it.
 */
import type { DecodedRow } from '../../cloudtrail/decoder/row-view.js';
import type { Transform } from '../../cloudtrail/transform.js';

/** Number of calls started plus calls ended (odd during a call), index of the file in its chunk, index of the record. */
export type TransformState = Int32Array;

/** In place of a file index: the module itself is being loaded. */
export const LOADING = -1;

/** Creates a state in shared memory, outside of a call. */
export function newState(): TransformState {
  return new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT));
}

/** True while a transform is running or being loaded. */
export function isInside(state: TransformState): boolean {
  return (state[0] & 1) === 1;
}

/** Runs `work`, which may never return, and records in the state that it is running at the given position. */
export function trackCall<T>(state: TransformState | undefined, file: number, record: number, work: () => T): T {
  if (state === undefined) return work();
  state[1] = file;
  state[2] = record;
  Atomics.add(state, 0, 1);
  try {
    return work();
  } finally {
    Atomics.add(state, 0, 1);
  }
}

/** Wraps a transform so that it records its position in the state. `file` returns the index of the current file. */
export function trackedTransform(
  transform: Transform,
  state: TransformState | undefined,
  file: () => number,
): Transform {
  if (state === undefined) return transform;
  // Does not use {@link trackCall} for performance: it is called for every row.
  const tracked: Transform = (row) => {
    state[1] = file();
    state[2] = (row as DecodedRow).recordIndex;
    Atomics.add(state, 0, 1);
    try {
      return transform(row);
    } finally {
      Atomics.add(state, 0, 1);
    }
  };
  return Object.defineProperty(tracked, 'name', { value: transform.name });
}
