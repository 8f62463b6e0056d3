/**
 * Where a thread is with a transform, in shared memory: a thread that is in a loop answers no message. The thread writes,
 * the one that watches it reads.
 */
import type { DecodedRow, Transform } from '../../cloudtrail/transform.js';

/** Calls begun and ended (odd: it is in one), number of the file in its chunk, index of the record in the file. */
export type TransformState = Int32Array;

/** In the place of a file: the module itself is being loaded. */
export const LOADING = -1;

/** A state in shared memory, outside of any transform. */
export function newState(): TransformState {
  return new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT));
}

/** Is a transform running, or being loaded? */
export function isInside(state: TransformState): boolean {
  return (state[0] & 1) === 1;
}

/** Runs `work`, which may never return, and notes in the state that it runs. `file` and `record`: its position. */
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

/** A transform that notes its position in the state. `file` returns the number of the file that is being read. */
export function trackedTransform(
  transform: Transform,
  state: TransformState | undefined,
  file: () => number,
): Transform {
  if (state === undefined) return transform;
  // Not with {@link trackCall}: this is called for every row.
  const reported: Transform = (row) => {
    state[1] = file();
    state[2] = (row as DecodedRow).recordIndex;
    Atomics.add(state, 0, 1);
    try {
      return transform(row);
    } finally {
      Atomics.add(state, 0, 1);
    }
  };
  return Object.defineProperty(reported, 'name', { value: transform.name });
}
