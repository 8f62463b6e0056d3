/** Summaries of activities in the Temporal UI. The server accepts 200 bytes. Pure. */
import type { DayPlan } from '../../protocol/messages.js';
import { count, counted } from '../../text/numbers.js';
import { printable } from '../../text/printable.js';

/** Maximum characters. Region names are short, but a bucket may have folders of any length in their place. */
const MAX_CHARACTERS = 150;

/** Summary of a batch: `batch 3 of 12 · 2024-06-05 · 2,000 files · 111122223333 eu-west-1` */
export function batchSummary(
  day: string,
  { batches, about }: Pick<DayPlan, 'batches' | 'about'>,
  index: number,
): string {
  const what = about?.[index];
  const which = `batch ${count(index + 1)} of ${count(batches)} · ${day}`;
  return printable(what === undefined ? which : `${which} · ${what}`).slice(0, MAX_CHARACTERS);
}

/** Summary of a commit: `group 1 · 16 batches` */
export function commitSummary(group: number, batches: number): string {
  return `group ${count(group + 1)} · ${counted(batches, 'batch', 'batches')}`;
}
