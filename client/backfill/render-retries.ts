/** Renders retries as sentences. */
import type { Activities } from '../../protocol/activities.js';
import { count, counted, duration } from '../../text/numbers.js';
import { printable } from '../../text/printable.js';
import type { Retry } from './retries.js';

/** What each activity does, as the subject of a sentence. */
const DOING: Record<Retry['activity'], string> = {
  completeCommits: 'completing earlier commits',
  discover: 'listing the folders of the bucket',
  planDay: 'planning',
  ingestBatch: 'a batch',
  commit: 'the commit',
  auditDay: 'auditing',
  auditReport: 'the report',
  prepareVerify: 'reading the digests and getting public keys',
  verifyDay: 'verifying',
  verifyReport: 'the report',
  findTables: 'looking for the tables',
  dropOldDays: 'removing old days',
  expireTable: 'expiring snapshots',
  findDays: 'looking for days to compact',
  compactDays: 'compacting',
  tidyTable: 'removing unused files',
  tidyWorkArea: 'removing unused objects from the work area',
  workflow: 'its next step',
} satisfies Record<keyof Activities | 'workflow', string>;

/** One line per retry: `2024-06-05: planning is being retried (attempt 4): … Next attempt in 12 s.` */
export function retryTexts(retries: readonly Retry[], now: number, most: number): string[] {
  // One line each, even if the error has several, because they are shown below progress bars.
  const shown = retries.slice(0, most).map((retry) => printable(retryText(retry, now)));
  const more = retries.length - shown.length;
  return more > 0 ? [...shown, `… and ${count(more)} more`] : shown;
}

function retryText(retry: Retry, now: number): string {
  const { day, activity, count: n, attempt, error, nextAttemptAt } = retry;
  // An activity of another version may have an unknown name.
  const doing = DOING[activity] ?? activity;
  const what =
    n === 1 ? `${doing} is` : `${activity === 'ingestBatch' ? counted(n, 'batch', 'batches') : `${n} × ${doing}`} are`;
  const when =
    nextAttemptAt === null
      ? 'The next attempt is in progress.'
      : `Next attempt in ${duration((Date.parse(nextAttemptAt) - now) / 1000)}.`;
  return `${day ?? 'the backfill'}: ${what} being retried (attempt ${count(attempt)}): ${sentence(error)} ${when}`;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
