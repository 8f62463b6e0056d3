/** How many files and bytes a backfill will ingest: known once all of its days are planned, estimated before. Pure. */
import type { BackfillStatus } from '../../protocol/messages.js';
import { bytes, count, counted } from '../../text/numbers.js';

type Days = Pick<BackfillStatus['days'], 'total' | 'done' | 'failed' | 'running'>;

/** The files and stored bytes of all days of a backfill. */
export interface Expected {
  files: number;
  bytes: number;
  /** True once all days are planned; otherwise the other days are assumed to be as large as the average of the planned ones. */
  exact: boolean;
  /** Number of planned days. */
  days: number;
}

/** The expected totals; `undefined` while no day is planned, or while nothing was found that an estimate could start from. */
export function expectedTotals(days: Days, planned: BackfillStatus['planned']): Expected | undefined {
  // Without the count (an older version runs it), every running day is assumed to be planned.
  const known = Math.min(days.total, planned.days ?? days.done + days.failed + days.running.length);
  if (known === 0) return undefined;
  const exact = known === days.total;
  if (!exact && planned.files === 0) return undefined;
  const of = (sum: number): number => (exact ? sum : Math.round((sum / known) * days.total));
  return { files: of(planned.files), bytes: of(planned.bytes), exact, days: known };
}

/** `1,204 of 2,000`; while the total is estimated, `1,204 of about 6,000`; before, `1,204`. */
export function ofExpected(done: number, expected: Expected | undefined, what: 'files' | 'bytes'): string {
  const text = what === 'files' ? count : bytes;
  if (expected === undefined) return text(done);
  return expected.exact
    ? `${text(done)} of ${text(expected[what])}`
    : `${text(done)} of about ${text(Math.max(done, expected[what]))}`;
}

/** Why the totals are an estimate: `estimated from the 3 of 10 days that are planned`. */
export function estimateText({ days }: Expected, total: number): string {
  return `estimated from ${count(days)} of ${counted(total, 'day')}`;
}
