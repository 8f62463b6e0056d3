/** What a workflow is, how to read its page, and what its buttons do: the static details of the UI, as markdown. Pure. */

import { counted } from '../../text/numbers.js';
import { escapeMarkdown, SPARE_LINE } from './details.js';

interface Range {
  from: string;
  to: string;
}

/** Of a backfill, whoever started it. */
const HOW = [
  '- **Current Details** beside this say how far it is, what failed, and what comes next; press R to refresh.',
  '- **Relationships** has the days: each is a workflow of its own.',
  '- **Pending Activities** of a day say what is tried again, and why.',
  '',
  'Buttons (More Actions):',
  '',
  '- *Send an Update*: `pause`, `resume`, and `changeWindow` for how much is worked on at once.',
  '- *Request Cancellation*: what is under way stops, what is committed stays.',
  '- *Terminate*: the same at once, without a word from the workflow. Nothing is lost or doubled.',
  '- *Reset* to the first workflow task: the range is looked at again; what is in the ledger is not read again.',
  '',
  SPARE_LINE,
];

/** The addresses as a person writes them. */
export function aboutBackfill({ from, to }: Range, location: string, warehouse: string): string {
  const what = `Brings every CloudTrail file that was delivered from ${from} to ${to} (UTC) from ${escapeMarkdown(location)} into the Iceberg tables in ${escapeMarkdown(warehouse)}, each record once.`;
  return [what, '', ...HOW].join('\n');
}

/** Of each run of a schedule; the addresses as above. */
export function aboutScheduled(lookBackDays: number, location: string, warehouse: string): string {
  const days = `the day that it is scheduled for (UTC) and ${counted(lookBackDays, 'day')} before it`;
  const what = `A run of a schedule: brings what is new of ${days} from ${escapeMarkdown(location)} into the Iceberg tables in ${escapeMarkdown(warehouse)}, each record once. Days that earlier runs have missed or failed at are among them.`;
  return [what, '', ...HOW].join('\n');
}

/** `run` is who asked for the day. */
export function aboutDay(run: string): string {
  return [
    `One delivery day: its files are listed, what the ledger has is left out, the rest is read in batches, and each group of batches is committed to the tables at once. Asked for by ${escapeMarkdown(run)}.`,
    '',
    '- **Pending Activities** say what is under way, and of what is tried again why and when next.',
    '- Pause and resume its backfill, the parent under **Relationships**; a day by itself has no such update.',
    '- *Request Cancellation* and *Terminate* end this day only: its backfill counts it as failed and goes on.',
    '- *Reset* to the first workflow task lists the day again; what is in the ledger is not read again.',
    '',
    SPARE_LINE,
  ].join('\n');
}

/** Like {@link aboutBackfill}. */
export function aboutAudit({ from, to }: Range, location: string, warehouse: string): string {
  return [
    `Compares what was delivered from ${from} to ${to} (UTC) to ${escapeMarkdown(location)} with the ledger, and the ledger with the tables in ${escapeMarkdown(warehouse)}. It changes nothing, and may be cancelled, terminated or started again at any time.`,
    '',
    '- **Current Details** beside this have the counts of both sides, and the first differences.',
    '- Its result is the address of the whole report; `trailmill audit` prints it, with the cures.',
    '',
    SPARE_LINE,
  ].join('\n');
}
