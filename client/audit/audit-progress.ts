/** The progress of an audit: a bar on a terminal, nothing in a pipe, where the report is enough. */
import { SingleBar } from 'cli-progress';
import { countDays } from '../../protocol/days.js';
import { counted } from '../../text/numbers.js';
import type { Io } from '../terminal/io.js';
import type { Output } from '../terminal/output.js';

interface AuditProgressView {
  show(daysDone: number, differences: number): void;
  stop(): void;
}

/** Shows the progress of an audit of the days `from` to `to`, inclusive. */
export function auditProgress(io: Io, output: Output, { from, to }: { from: string; to: string }): AuditProgressView {
  if (output.json || io.stderr.isTTY !== true) return { show: () => {}, stop: () => {} };
  const bar = new SingleBar({
    format: '  audit {bar} {value}/{total} days  {differences}',
    hideCursor: true,
    clearOnComplete: true,
  });
  const payload = (differences: number): object => ({ differences: counted(differences, 'difference') });
  bar.start(countDays(from, to), 0, payload(0));
  return {
    show: (daysDone, differences) => bar.update(daysDone, payload(differences)),
    stop: () => bar.stop(),
  };
}
