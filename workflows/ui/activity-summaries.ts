/** What stands beside an activity in the UI: which piece of the work it is. The server takes 200 bytes. Pure. */
import type { DayPlan } from '../../protocol/messages.js';
import { count, counted } from '../../text/numbers.js';
import { printable } from '../../text/printable.js';

/** Region names are a few letters; whatever a bucket has in their place is cut. */
const MOST = 150;

/** `batch 3 of 12 · 2024-06-05 · 2,000 files · 111122223333 eu-west-1` */
export function batchSummary(
  day: string,
  { batches, about }: Pick<DayPlan, 'batches' | 'about'>,
  index: number,
): string {
  const what = about?.[index];
  const which = `batch ${count(index + 1)} of ${count(batches)} · ${day}`;
  return printable(what === undefined ? which : `${which} · ${what}`).slice(0, MOST);
}

/** `group 1 · 16 batches` */
export function commitSummary(group: number, batches: number): string {
  return `group ${count(group + 1)} · ${counted(batches, 'batch', 'batches')}`;
}
