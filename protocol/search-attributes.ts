/**
 * Search attributes for filtering workflow lists. Only a few: with an SQL visibility store, a namespace is limited to 10 of type
 * KEYWORD, shared by all applications (https://docs.temporal.io/search-attribute).
 */
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';

/** Name of the log source. Set on every workflow. */
const SOURCE = defineSearchAttributeKey('TrailmillSource', 'KEYWORD');
/**
 * The delivery day, `YYYY-MM-DD` (UTC). Set on `ingestDay` only. Not a DATETIME, because then `= "2024-06-05"` is rejected, a
 * month would have to be written with hours, and a server on SQLite does not match whole seconds with `=`.
 */
const DAY = defineSearchAttributeKey('TrailmillDay', 'KEYWORD');
/** A {@link WorkflowStatus}. Set on every workflow. */
const STATUS = defineSearchAttributeKey('TrailmillStatus', 'KEYWORD');

/** All search attributes that must be registered. */
export const SEARCH_ATTRIBUTES = [SOURCE, DAY, STATUS] as const;

/**
 * Finer-grained than Temporal's ExecutionStatus. `waiting`: a backfill whose remaining days are all being processed by
 * other runs. `integrity_failed`: a verification that completed with failures, or a scheduled run with such a
 * verification. A terminated workflow cannot update its attributes: it keeps the last value, and ExecutionStatus is
 * Terminated.
 */
export type WorkflowStatus =
  | 'running'
  | 'paused'
  | 'waiting'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'integrity_failed';

/** The search attributes of a workflow with the given status. */
export function attributesOf(
  { source, day }: { source: string; day?: string },
  status: WorkflowStatus = 'running',
): SearchAttributePair[] {
  return [
    { key: SOURCE, value: source },
    ...(day === undefined ? [] : [{ key: DAY, value: day }]),
    { key: STATUS, value: status },
  ];
}
