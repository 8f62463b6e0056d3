/** The progress of work that goes day by day: a bar on a terminal, nothing in a pipe, where the report is enough. */
import { SingleBar } from 'cli-progress';
import { countDays } from '../../protocol/days.js';
import type { Io } from './io.js';
import type { Output } from './output.js';

interface DayProgress {
  /** Shows the number of days that are done, and what was found so far. */
  show(daysDone: number, found: string): void;
  stop(): void;
}

/** Shows the progress of work on the days `from` to `to`, inclusive. */
export function dayProgress(
  io: Io,
  output: Output,
  name: string,
  { from, to }: { from: string; to: string },
): DayProgress {
  if (output.json || io.stderr.isTTY !== true) return { show: () => {}, stop: () => {} };
  const bar = new SingleBar({
    format: `  ${name} {bar} {value}/{total} days  {found}`,
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(countDays(from, to), 0, { found: '' });
  return { show: (daysDone, found) => bar.update(daysDone, { found }), stop: () => bar.stop() };
}
