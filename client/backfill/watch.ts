/** Watches a backfill: reads it once per second, and shows it as bars, lines or JSON. */

import { duration } from '../../text/numbers.js';
import { RateMeter } from '../../workflows/ui/rate.js';
import { isServerGone } from '../terminal/failure.js';
import { type Io, pause, unlessAborted, withInterrupt } from '../terminal/io.js';
import type { Output } from '../terminal/output.js';
import { type ProgressView, progressView } from './progress.js';
import { renderStatus } from './render.js';
import { renderFollow } from './render-list.js';
import type { BackfillView } from './view.js';

const INTERVAL_MS = 1_000;
/** How long the server may be unreachable: a restart or an upgrade takes less, and does not affect the backfill. */
const PATIENCE_MS = 300_000;
/** An answer takes longer than this only if something is wrong; a query without a worker takes 4 s. */
const SLOW_ANSWER_MS = 6_000;
/** Until then, people would see nothing at all. */
const SLOW_FIRST_ANSWER_MS = 1_000;
/** How often a pending answer is looked at. */
const LOOK_MS = 500;

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
  const explainSilence = (isGone: boolean): void => {
    const silent = io.now() - lastAnswer;
    if (isGone || silent >= SLOW_ANSWER_MS) progress.wait(silenceText(lastAnswer, io.now()));
    else if (view === undefined && silent >= SLOW_FIRST_ANSWER_MS)
      progress.wait('waiting for the first answer of a worker');
  };
  const look = setInterval(() => explainSilence(false), LOOK_MS);
  try {
    while (!signal.aborted) {
      try {
        view = notLess(await unlessAborted(read(), signal), view);
        lastAnswer = io.now();
        progress.show(view, meter.measure({ ...view, startedAt: Date.parse(view.startedAt) }, lastAnswer));
      } catch (error) {
        if (signal.aborted) break;
        if (!isServerGone(error) || io.now() - lastAnswer > PATIENCE_MS) throw error;
        explainSilence(true);
      }
      if (view !== undefined && view.state !== 'running') return { view, interrupted: false };
      await pause(intervalMs, signal);
    }
    return { view, interrupted: true };
  } finally {
    clearInterval(look);
    progress.stop();
  }
}

/** A share never decreases, also if a worker of an older version reports it. */
function notLess(view: BackfillView, before: BackfillView | undefined): BackfillView {
  if (view.share === undefined || before?.share === undefined) return view;
  return { ...view, share: Math.max(view.share, before.share) };
}

/** `The Temporal server has not answered since 12:05:10 UTC (23 s). The backfill goes on when …` */
function silenceText(since: number, now: number): string {
  const time = new Date(since).toISOString().slice(11, 19);
  return `The Temporal server has not answered since ${time} UTC (${duration((now - since) / 1000)}). Nothing is lost: the backfill continues when the server is back, with or without this terminal.`;
}
