/** Static details for the Temporal UI, as Markdown: what a workflow does, how to read its page, and its actions. Pure. */

import { isSelective, type Reprocess } from '../../protocol/reprocess-messages.js';
import { counted } from '../../text/numbers.js';
import { escapeMarkdown, SPARE_LINE } from './details.js';

interface Range {
  from: string;
  to: string;
}

/** For all backfills, including scheduled ones. */
const HOW = [
  '- **Current Details**, next to this, show the progress, the failures and the next step; press R to refresh.',
  '- **Relationships** lists the days, each of which is a separate workflow.',
  '- **Pending Activities** of a day show what is being retried, and why.',
  '',
  'Buttons (More Actions):',
  '',
  '- *Send an Update*: `pause`, `resume`, and `changeWindow`, which changes how much work runs at once.',
  '- *Request Cancellation*: running work stops, and committed work stays.',
  '- *Terminate*: the same, but immediately and without waiting for the workflow. Nothing is lost or duplicated.',
  '- *Reset* to the first workflow task: the range is listed again; files in the ledger are not read again.',
  '',
  SPARE_LINE,
];

/** Returns the details of a backfill. `location` and `warehouse` are addresses as users write them. */
export function aboutBackfill(
  { from, to, reprocess }: Range & { reprocess?: Reprocess },
  location: string,
  warehouse: string,
): string {
  if (reprocess !== undefined) {
    const which = isSelective(reprocess) ? 'selected CloudTrail files' : 'the CloudTrail files';
    const what = `Reads ${which} again that were delivered from ${from} to ${to} (UTC) to ${escapeMarkdown(location)}, and replaces their rows in the Iceberg tables in ${escapeMarkdown(warehouse)}. Files that this configuration and version have written are left out, so it can be started again at any time.`;
    return [what, '', ...HOW].join('\n');
  }
  const what = `Ingests every CloudTrail file that was delivered from ${from} to ${to} (UTC) from ${escapeMarkdown(location)} into the Iceberg tables in ${escapeMarkdown(warehouse)}, each record exactly once.`;
  return [what, '', ...HOW].join('\n');
}

/** Returns the details of a scheduled run. Addresses as in {@link aboutBackfill}. */
export function aboutScheduled(lookBackDays: number, location: string, warehouse: string): string {
  const days = `the day that it is scheduled for (UTC) and ${counted(lookBackDays, 'day')} before it`;
  const what = `A scheduled run: ingests new CloudTrail files of ${days} from ${escapeMarkdown(location)} into the Iceberg tables in ${escapeMarkdown(warehouse)}, each record exactly once. This includes days that earlier runs missed or failed to ingest.`;
  return [what, '', ...HOW].join('\n');
}

/** Returns the details of a delivery day. `run` is the id of the workflow that requested it. */
export function aboutDay(run: string): string {
  return [
    `One delivery day: its files are listed, files in the ledger are left out, the rest is read in batches, and each group of batches is committed to the tables together. Requested by ${escapeMarkdown(run)}.`,
    '',
    '- **Pending Activities** show what is running, and for retries the reason and the time of the next attempt.',
    '- To pause or resume, update its backfill, the parent under **Relationships**; a day has no updates of its own.',
    '- *Request Cancellation* and *Terminate* end only this day: its backfill counts it as failed and continues.',
    '- *Reset* to the first workflow task lists the day again; files in the ledger are not read again.',
    '',
    SPARE_LINE,
  ].join('\n');
}

/** Returns the details of an audit. Addresses as in {@link aboutBackfill}. */
export function aboutAudit({ from, to }: Range, location: string, warehouse: string): string {
  return [
    `Compares the files that were delivered from ${from} to ${to} (UTC) to ${escapeMarkdown(location)} with the ledger, and the ledger with the tables in ${escapeMarkdown(warehouse)}. It changes nothing, and can be cancelled, terminated or started again at any time.`,
    '',
    '- **Current Details**, next to this, show the counts of both sides, and the first differences.',
    '- The result is the address of the full report; `trailmill audit` prints it, with what to do about each difference.',
    '',
    SPARE_LINE,
  ].join('\n');
}

/** Returns the details of a verification. Addresses as in {@link aboutBackfill}. */
export function aboutVerify({ from, to }: Range, location: string, warehouse: string): string {
  return [
    `Verifies the digests and the log files that were delivered from ${from} to ${to} (UTC) to ${escapeMarkdown(location)}: signatures and chains of the digests, and each log file's hash in the ledger. The results are added to the integrity table in ${escapeMarkdown(warehouse)}. It can be cancelled, terminated or started again at any time.`,
    '',
    '- **Current Details**, next to this, show the counts, and the first failures by name.',
    '- The result is the address of the full report; `trailmill verify` prints it.',
    '',
    SPARE_LINE,
  ].join('\n');
}
