/** Whose tasks a worker takes first when there are more than it can take. */
import type { Priority } from '@temporalio/common';

/**
 * 1 goes first, 5 last (Temporal's priority keys). Children and activities have that of their workflow. A day of fresh
 * logs takes seconds, and its result is awaited; a backfill of years takes what is left.
 */
const KEYS = { daily: 2, backfill: 4 } as const;

/** A fairness key has at most 64 bytes. */
const FAIRNESS_KEY_BYTES = 64;

/**
 * Among equals the server takes turns by fairness key, so a run with a thousand batches in the queue does not hold up one
 * with three.
 */
export function priorityOf(what: keyof typeof KEYS, run: string): Priority {
  return { priorityKey: KEYS[what], fairnessKey: fairnessKeyOf(run) };
}

/** Ids begin alike, so the end of a long one tells more. Ids are ASCII but for an ellipsis. */
function fairnessKeyOf(run: string): string {
  return run.replace(/[^\x20-\x7e]/g, '.').slice(-FAIRNESS_KEY_BYTES);
}
