/** When a run pauses because too many of its records are rejected. Pure. */
import { count } from '../text/numbers.js';
import { printable, shortened } from '../text/printable.js';
import { PAUSE_REASON_LIMIT } from './control.js';
import type { RejectedFor, Totals } from './totals.js';

/** A run with fewer records does not pause: a few odd records are a large share of it. */
const LEAST_RECORDS = 100;

/** A run that is too bad to continue. */
export interface RejectRate {
  /** Rejected records / all records, 0 to 1. */
  rate: number;
  /** The reason for the pause, one line. */
  reason: string;
}

/**
 * Returns the share of rejected records if a run has to pause for it; `undefined` if it may continue.
 * @param most `ingest.max_reject_rate`; absent in runs of earlier versions, which do not pause
 * @param accepted the share at which it paused before and was resumed: it pauses again only at twice that
 */
export function excessiveRejects(
  totals: Pick<Totals, 'events' | 'rejects' | 'rejectedFor' | 'dropped' | 'duplicates'>,
  most: number | undefined,
  accepted = 0,
): RejectRate | undefined {
  const { events, rejects, dropped, duplicates } = totals;
  const records = events + rejects + dropped + duplicates;
  if (most === undefined || records < LEAST_RECORDS) return undefined;
  const rate = rejects / records;
  if (rate <= most || rate < 2 * accepted) return undefined;
  const share = `${percent(rate)} of ${count(records)} records were rejected; ingest.max_reject_rate allows ${percent(most)}`;
  return { rate, reason: shortened(`${share}. ${commonest(totals.rejectedFor)}`, PAUSE_REASON_LIMIT) };
}

/** The reason that most of the records have, with the message of one of them. */
function commonest(reasons: readonly RejectedFor[] = []): string {
  if (reasons.length === 0) return 'The rejects table has the reasons';
  const { code, message } = reasons.reduce((most, one) => (one.records > most.records ? one : most));
  return `Mostly ${code}: ${printable(message)}`;
}

/** `12 %`, `0.05 %` */
function percent(share: number): string {
  const value = share * 100;
  return `${value < 10 ? Number(value.toPrecision(2)) : Math.floor(value)} %`;
}
