/** Which tasks a worker takes first when there is a backlog. */
import type { Priority } from '@temporalio/common';

/**
 * Temporal priority keys: 1 is the highest, 5 the lowest. Child workflows and activities inherit that of their workflow. A day of
 * fresh logs takes seconds and users wait for it; a backfill of years uses the remaining capacity, and nobody waits for upkeep.
 */
const KEYS = { daily: 2, backfill: 4, upkeep: 5 } as const;

/** The server's default for workflows that were started without a priority. */
const DEFAULT_KEY = 3;

/** A fairness key has at most 64 bytes. */
const FAIRNESS_KEY_BYTES = 64;

/**
 * Returns the Temporal priority of a run. The server alternates between fairness keys of the same priority, so a run with a
 * thousand queued batches does not block a run with three.
 */
export function priorityOf(what: keyof typeof KEYS, run: string): Priority {
  return { priorityKey: KEYS[what], fairnessKey: fairnessKeyOf(run) };
}

/** Ids share prefixes, so the end of a long one is more distinctive. Ids are ASCII except for the ellipsis. */
function fairnessKeyOf(run: string): string {
  return run.replace(/[^\x20-\x7e]/g, '.').slice(-FAIRNESS_KEY_BYTES);
}

/**
 * Returns the priority of plans and commits, from that of their workflow: they go before batches of the same kind of run. They
 * take seconds, and the next day or the next batches wait for them, while batches are queued by the dozen. Those of upkeep stay
 * behind the batches of backfills.
 */
export function aheadOf({ priorityKey = DEFAULT_KEY }: Priority = {}): Priority {
  return { priorityKey: priorityKey === KEYS.upkeep ? priorityKey : priorityKey - 1 };
}
