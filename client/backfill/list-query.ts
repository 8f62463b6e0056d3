/** The visibility query of `backfill list`, which also works in the UI. Pure. */

import { BACKFILL_TYPES, DAY_TYPE, quoted } from './visibility.js';

/** The values of `--status`. */
export const LIST_STATUSES = ['running', 'paused', 'completed', 'failed', 'cancelled', 'terminated'] as const;
type ListStatus = (typeof LIST_STATUSES)[number];

/** Filters of a list of backfills or days. */
export interface ListFilter {
  /** List days instead of backfills. */
  days?: boolean;
  status?: ListStatus;
  /** First and last delivery day, `YYYY-MM-DD`; either may be absent. Matches overlapping ranges. */
  from?: string;
  to?: string;
  source?: string;
  /** An additional query from the user, combined with the others by AND. */
  query?: string;
}

/** Builds the query. Without search attributes the server returns more, which the client filters: see {@link fitsRange}. */
export function listQuery({ days, status, from, to, source, query }: ListFilter, searchable: boolean): string {
  const what = days
    ? { types: [DAY_TYPE], ids: ['ingest'] }
    : { types: BACKFILL_TYPES, ids: ['backfill', 'scheduled'] };
  const parts = [`WorkflowType IN (${what.types.map(quoted).join(', ')})`, executionClause(status)];
  // Paused is not a status that the server knows.
  if (status === 'paused' && searchable) parts.push('TrailmillStatus = "paused"');
  if (source !== undefined) {
    const ids = what.ids.map((id) => `WorkflowId STARTS_WITH ${quoted(`${id}/${source}/`)}`);
    parts.push(searchable ? `TrailmillSource = ${quoted(source)}` : `(${ids.join(' OR ')})`);
  }
  if (days && searchable && from !== undefined) parts.push(`TrailmillDay >= ${quoted(from)}`);
  if (days && searchable && to !== undefined) parts.push(`TrailmillDay <= ${quoted(to)}`);
  if (query !== undefined) parts.push(`(${query})`);
  return parts.join(' AND ');
}

function executionClause(status: ListStatus | undefined): string {
  switch (status) {
    case undefined:
      // Earlier runs of a continue-as-new chain are the same workflow.
      return 'ExecutionStatus != "ContinuedAsNew"';
    case 'running':
    case 'paused':
      return 'ExecutionStatus = "Running"';
    case 'completed':
      return 'ExecutionStatus = "Completed"';
    case 'failed':
      return 'ExecutionStatus IN ("Failed", "TimedOut")';
    case 'cancelled':
      return 'ExecutionStatus = "Canceled"';
    case 'terminated':
      return 'ExecutionStatus = "Terminated"';
  }
}

/** True if a range of days overlaps the requested one. An unknown range matches only if none is requested. */
export function fitsRange(range: { from: string | null; to: string | null }, { from, to }: ListFilter): boolean {
  if (from === undefined && to === undefined) return true;
  if (range.from === null || range.to === null) return false;
  return (to === undefined || range.from <= to) && (from === undefined || range.to >= from);
}
