/**
 * What lists of workflows can be filtered by. Few: a namespace of a cluster with an SQL visibility store has room for 10 of
 * type KEYWORD, for all applications together (https://docs.temporal.io/search-attribute).
 */
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';

/** Name of the log source. Of every workflow. */
const SOURCE = defineSearchAttributeKey('TrailmillSource', 'KEYWORD');
/**
 * The delivery day, `YYYY-MM-DD` (UTC). Of `ingestDay` only. No DATETIME: there `= "2024-06-05"` is refused, a month would
 * have to be written with its hours, and a server on SQLite finds no whole second by its equal.
 */
const DAY = defineSearchAttributeKey('TrailmillDay', 'KEYWORD');
/** A {@link WorkflowStatus}. Of every workflow. */
const STATUS = defineSearchAttributeKey('TrailmillStatus', 'KEYWORD');

/** All that have to be registered. */
export const SEARCH_ATTRIBUTES = [SOURCE, DAY, STATUS] as const;

/**
 * More than Temporal's own ExecutionStatus tells: `waiting` is a backfill whose days are all with other runs. A workflow that
 * is terminated can say nothing any more: it keeps what it had, and ExecutionStatus is Terminated.
 */
export type WorkflowStatus = 'running' | 'paused' | 'waiting' | 'completed' | 'failed' | 'cancelled';

/** The attributes of a workflow, as it is to be started or is now. */
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
