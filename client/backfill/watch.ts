/** Watches a backfill: reads it once per second, and shows it as bars, lines or JSON. */

import { RateMeter } from '../../workflows/ui/rate.js';
import { isServerGone } from '../terminal/failure.js';
import { type Io, pause, unlessAborted, withInterrupt } from '../terminal/io.js';
import type { Output } from '../terminal/output.js';
import { type ProgressView, progressView } from './progress.js';
import { renderStatus } from './render.js';
import { renderFollow } from './render-list.js';
import type { BackfillView } from './view.js';

const INTERVAL_MS = 1_000;
/** How long the server may be unreachable: a restart takes less, and does not affect the backfill. */
const PATIENCE_MS = 30_000;

interface Watched {
  view: BackfillView | undefined;
  /** True after Ctrl-C: the backfill continues. */
  interrupted: boolean;
}

/** Shows progress until the backfill ends or Ctrl-C, then prints the summary. Does not affect the backfill. */
export async function watchBackfill(
  io: Io,
  output: Output,
  id: string,
  read: () => Promise<BackfillView>,
): Promise<Watched> {
  const watched = await withInterrupt(io, (signal) => follow(progressView(io, output), io, read, signal));
  if (watched.interrupted) {
    output.note(`\nThe backfill continues without this terminal.\n${renderFollow(id)}`);
  } else if (watched.view !== undefined) {
    output.say(renderStatus(watched.view, io.now()));
  }
  return watched;
}

/** Reads and shows the backfill until it has ended or the signal is aborted. */
export async function follow(
  progress: ProgressView,
  io: Pick<Io, 'now'>,
  read: () => Promise<BackfillView>,
  signal: AbortSignal,
  intervalMs = INTERVAL_MS,
): Promise<Watched> {
  const meter = new RateMeter();
  let view: BackfillView | undefined;
  let lastAnswer = io.now();
  try {
    while (!signal.aborted) {
      try {
        view = await unlessAborted(read(), signal);
        lastAnswer = io.now();
        progress.show(view, meter.measure({ ...view, startedAt: Date.parse(view.startedAt) }, lastAnswer));
      } catch (error) {
        if (signal.aborted) break;
        if (!isServerGone(error) || io.now() - lastAnswer > PATIENCE_MS) throw error;
      }
      if (view !== undefined && view.state !== 'running') return { view, interrupted: false };
      await pause(intervalMs, signal);
    }
    return { view, interrupted: true };
  } finally {
    progress.stop();
  }
}
