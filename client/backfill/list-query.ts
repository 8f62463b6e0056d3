/** What `backfill list` asks the server for, as a query that the UI takes too. Pure. */

import { BACKFILL_TYPES, DAY_TYPE, quoted } from './visibility.js';

/** What `--status` takes. */
export const LIST_STATUSES = ['running', 'paused', 'completed', 'failed', 'cancelled', 'terminated'] as const;
type ListStatus = (typeof LIST_STATUSES)[number];

/** What narrows a list of backfills or days. */
export interface ListFilter {
  /** Days in place of backfills. */
  days?: boolean;
  status?: ListStatus;
  /** First and last delivery day, `YYYY-MM-DD`, each by itself: ranges that meet them. */
  from?: string;
  to?: string;
  source?: string;
  /** A query of the user's own; what it finds has to fit the rest too. */
  query?: string;
}

/** Without attributes the server is asked for more, and what does not fit is left out here: see {@link fitsRange}. */
export function listQuery({ days, status, from, to, source, query }: ListFilter, searchable: boolean): string {
  const what = days
    ? { types: [DAY_TYPE], ids: ['ingest'] }
    : { types: BACKFILL_TYPES, ids: ['backfill', 'scheduled'] };
  const parts = [`WorkflowType IN (${what.types.map(quoted).join(', ')})`, executionClause(status)];
  // A pause is no state of the server's own.
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
      // The earlier runs of a chain are the same workflow, not further ones.
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

/** Does a range of days meet the one that is asked for? One that is not known does when none is asked for. */
export function fitsRange(range: { from: string | null; to: string | null }, { from, to }: ListFilter): boolean {
  if (from === undefined && to === undefined) return true;
  if (range.from === null || range.to === null) return false;
  return (to === undefined || range.from <= to) && (from === undefined || range.to >= from);
}
